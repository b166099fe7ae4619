//! Seals (印章): their kinds, 申请 → 审核 → 制章, then 启用, 停用 and 作废, and who may do each.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($name:ident { $($variant:ident $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the database and in JSON.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one of a word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

/// What a seal is for (国发〔1999〕25号 and practice).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 公章; one is in force at a time.
    Official,
    /// 合同专用章.
    Contract,
    /// 财务专用章.
    Finance,
    /// 发票专用章.
    Invoice,
    /// 投标专用章.
    Bidding,
    /// 法定代表人名章; one is in force at a time.
    LegalRepresentative,
    /// Another one.
    Other,
    /// 手绘签名: a person's own hand, used by nobody else.
    Handwritten,
}
words!(Kind {
    Official "official", Contract "contract", Finance "finance", Invoice "invoice", Bidding "bidding",
    LegalRepresentative "legal_representative", Other "other", Handwritten "handwritten",
});

impl Kind {
    /// The number in a seal object. The standards leave it to the maker; 1 and 2 are what makers commonly write for an
    /// organisation's seal and a person's.
    #[must_use]
    pub const fn ses_type(self) -> u32 {
        match self {
            Self::LegalRepresentative | Self::Handwritten => 2,
            _ => 1,
        }
    }
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// Waits for review.
    Submitted,
    /// Waits for the maker.
    Approved,
    /// Refused.
    Rejected,
    /// Taken back.
    Withdrawn,
    /// There is a seal.
    Made,
}
words!(ApplicationState {
    Submitted "submitted", Approved "approved", Rejected "rejected", Withdrawn "withdrawn", Made "made",
});

/// What happens to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationEvent {
    /// Taken back by the organisation.
    Withdraw,
    /// Approved by an operator who reviews.
    Approve,
    /// Refused by an operator who reviews.
    Reject,
    /// Made by another operator.
    Make,
}
words!(ApplicationEvent { Withdraw "withdraw", Approve "approve", Reject "reject", Make "make" });

impl ApplicationState {
    /// The state after an event; nothing where it is not allowed.
    #[must_use]
    pub const fn step(self, event: ApplicationEvent) -> Option<Self> {
        use ApplicationEvent as E;
        match (self, event) {
            (Self::Submitted | Self::Approved, E::Withdraw) => Some(Self::Withdrawn),
            (Self::Submitted, E::Approve) => Some(Self::Approved),
            (Self::Submitted, E::Reject) => Some(Self::Rejected),
            (Self::Approved, E::Make) => Some(Self::Made),
            _ => None,
        }
    }
}

/// Where a seal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Made, and not in force yet.
    Made,
    /// 启用.
    Enabled,
    /// 停用.
    Disabled,
    /// 作废: for good.
    Revoked,
}
words!(State { Made "made", Enabled "enabled", Disabled "disabled", Revoked "revoked" });

/// What happens to a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// 启用.
    Enable,
    /// 停用.
    Disable,
    /// 作废.
    Revoke,
}
words!(Event { Enable "enable", Disable "disable", Revoke "revoke" });

impl State {
    /// The state after an event; nothing where it is not allowed.
    #[must_use]
    pub const fn step(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Made | Self::Disabled, Event::Enable) => Some(Self::Enabled),
            (Self::Enabled, Event::Disable) => Some(Self::Disabled),
            (Self::Made | Self::Enabled | Self::Disabled, Event::Revoke) => Some(Self::Revoked),
            _ => None,
        }
    }
}

/// Whether somebody of this role looks after the organisation's seals: applies, enables, says who may use one, and
/// decides about uses.
#[must_use]
pub fn keeps_seals(role: &str) -> bool {
    matches!(role, "administrator" | "seal_keeper")
}

/// Roles that a seal can be given to; who may not seal (`crate::permission`) is none of them.
pub const HOLDER_ROLES: [&str; 3] = ["administrator", "handler", "seal_keeper"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_seal_is_made_without_a_review_and_none_twice() {
        use ApplicationState as S;
        assert_eq!(S::Submitted.step(ApplicationEvent::Make), None);
        assert_eq!(
            S::Submitted
                .step(ApplicationEvent::Approve)
                .and_then(|state| state.step(ApplicationEvent::Make)),
            Some(S::Made)
        );
        for over in [S::Made, S::Rejected, S::Withdrawn] {
            for event in ApplicationEvent::ALL {
                assert_eq!(over.step(*event), None);
            }
        }
    }

    #[test]
    fn a_revoked_seal_never_comes_back_and_a_disabled_one_does() {
        for event in Event::ALL {
            assert_eq!(State::Revoked.step(*event), None);
        }
        assert_eq!(State::Disabled.step(Event::Enable), Some(State::Enabled));
        assert_eq!(State::Made.step(Event::Disable), None);
        assert_eq!(State::Made.step(Event::Revoke), Some(State::Revoked));
    }
}
