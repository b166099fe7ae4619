//! What an organisation asks to be changed about itself, reviewed by an operator: 正式供应商, 信息变更, 区划变更.

use serde::{Deserialize, Serialize};

use crate::registration::{DisplayName, Phone};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 正式供应商.
    Formal,
    /// 信息变更.
    Information,
    /// 区划变更.
    Regions,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written.
    Draft,
    /// Waits for review.
    Submitted,
    /// To be mended and sent in again.
    Returned,
    /// It counts.
    Approved,
    /// It never will.
    Rejected,
    /// Taken back.
    Withdrawn,
}

macro_rules! words {
    ($name:ident { $($variant:ident $word:literal),+ }) => {
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
words!(Kind { Formal "formal", Information "information", Regions "regions" });
words!(State { Draft "draft", Submitted "submitted", Returned "returned", Approved "approved", Rejected "rejected", Withdrawn "withdrawn" });

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Changed while it is written.
    Edit,
    /// Sent in.
    Submit,
    /// Taken back.
    Withdraw,
    /// Approved by an operator.
    Approve,
    /// Sent back by an operator.
    Return,
    /// Refused by an operator.
    Reject,
}

impl Event {
    /// What an organisation does, and what an operator does.
    pub const OF_SUPPLIER: [Self; 3] = [Self::Edit, Self::Submit, Self::Withdraw];
    /// What an operator does.
    pub const OF_OPERATOR: [Self; 3] = [Self::Approve, Self::Return, Self::Reject];

    /// The word in `next`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Submit => "submit",
            Self::Withdraw => "withdraw",
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Reject => "reject",
        }
    }
}

/// The state after an event; nothing where it is not allowed.
#[must_use]
pub const fn step(state: State, event: Event) -> Option<State> {
    match (state, event) {
        (State::Draft, Event::Edit) => Some(State::Draft),
        (State::Returned, Event::Edit) => Some(State::Returned),
        (State::Draft | State::Returned, Event::Submit) => Some(State::Submitted),
        (State::Draft | State::Returned | State::Submitted, Event::Withdraw) => {
            Some(State::Withdrawn)
        }
        (State::Submitted, Event::Approve) => Some(State::Approved),
        (State::Submitted, Event::Return) => Some(State::Returned),
        (State::Submitted, Event::Reject) => Some(State::Rejected),
        _ => None,
    }
}

/// What is asked for, every field of all kinds; which are allowed is the kind's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// 单位名称.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 法定代表人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_representative: Option<String>,
    /// 住所.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 开户银行.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    /// 银行账号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
    /// 联系人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// 联系电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_phone: Option<String>,
    /// 入驻区划, by their codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
}

/// Most regions of an organisation.
pub const MAX_REGIONS: usize = 50;

/// Which field is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// A field is missing.
    #[error("{1} is missing")]
    Missing(&'static str, &'static str),
    /// A field has a wrong shape.
    #[error("{1} is not valid")]
    Wrong(&'static str, &'static str),
    /// A field is another kind's.
    #[error("{1} is not changed this way")]
    NotHere(&'static str, &'static str),
    /// Nothing is asked for.
    #[error("nothing is changed")]
    Nothing,
}

impl ProposalError {
    /// What happened, in both languages.
    #[must_use]
    pub fn text(self) -> contract::Text {
        match self {
            Self::Missing(zh, en) => {
                contract::Text::new(format!("请填写{zh}"), format!("Enter {en}"))
            }
            Self::Wrong(zh, en) => {
                contract::Text::new(format!("{zh}填写不正确"), format!("{en} is not valid"))
            }
            Self::NotHere(zh, en) => contract::Text::new(
                format!("{zh}不在此项变更范围内"),
                format!("{en} is not changed this way"),
            ),
            Self::Nothing => contract::Text::new("没有变更内容", "Nothing is changed"),
        }
    }
}

impl Proposal {
    /// Checks shapes and that every field is this kind's; blanks around values are trimmed. A draft may lack fields.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn check(&mut self, kind: Kind, whole: bool) -> Result<(), ProposalError> {
        let formal = kind == Kind::Formal;
        let data = kind != Kind::Regions;
        let texts: [(&mut Option<String>, _, bool, bool); 6] = [
            (
                &mut self.name,
                ("单位名称", "the organisation's name"),
                kind == Kind::Information,
                false,
            ),
            (
                &mut self.legal_representative,
                ("法定代表人", "the legal representative"),
                data,
                formal,
            ),
            (&mut self.address, ("住所", "the address"), data, formal),
            (&mut self.bank_name, ("开户银行", "the bank"), data, false),
            (
                &mut self.bank_account,
                ("银行账号", "the bank account"),
                data,
                false,
            ),
            (&mut self.contact, ("联系人", "the contact"), formal, formal),
        ];
        let mut any = false;
        for (value, (zh, en), here, wanted) in texts {
            if value.as_deref().is_some_and(|text| text.trim().is_empty()) {
                *value = None;
            }
            match value {
                Some(_) if !here => return Err(ProposalError::NotHere(zh, en)),
                Some(text) => {
                    let shaped: DisplayName =
                        text.parse().map_err(|_| ProposalError::Wrong(zh, en))?;
                    *text = shaped.as_str().to_owned();
                    any = true;
                }
                None if wanted && whole => return Err(ProposalError::Missing(zh, en)),
                None => {}
            }
        }
        let phone = ("联系电话", "the contact's telephone");
        match &mut self.contact_phone {
            Some(_) if !formal => return Err(ProposalError::NotHere(phone.0, phone.1)),
            Some(text) => {
                let shaped: Phone = text
                    .parse()
                    .map_err(|_| ProposalError::Wrong(phone.0, phone.1))?;
                *text = shaped.as_str().to_owned();
            }
            None if formal && whole => return Err(ProposalError::Missing(phone.0, phone.1)),
            None => {}
        }
        let regions = ("入驻区划", "the regions");
        match &mut self.regions {
            Some(_) if kind == Kind::Information => {
                return Err(ProposalError::NotHere(regions.0, regions.1));
            }
            Some(codes) => {
                codes.sort_unstable();
                codes.dedup();
                let shaped =
                    |code: &String| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
                let right = codes.len() <= MAX_REGIONS && codes.iter().all(shaped);
                if !right || (whole && codes.is_empty()) {
                    return Err(ProposalError::Wrong(regions.0, regions.1));
                }
                any = true;
            }
            None if whole && kind != Kind::Information => {
                return Err(ProposalError::Missing(regions.0, regions.1));
            }
            None => {}
        }
        if whole && !any {
            return Err(ProposalError::Nothing);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formal() -> Proposal {
        Proposal {
            legal_representative: Some("林演示".into()),
            address: Some(" 厦门市思明区 ".into()),
            regions: Some(vec!["350200".into(), "350000".into(), "350200".into()]),
            contact: Some("王演示".into()),
            contact_phone: Some("13800138000".into()),
            ..Proposal::default()
        }
    }

    #[test]
    fn a_formal_request_is_whole_and_its_values_are_tidied() {
        let mut proposal = formal();
        proposal.check(Kind::Formal, true).unwrap();
        assert_eq!(proposal.address.as_deref(), Some("厦门市思明区"));
        assert_eq!(proposal.regions.unwrap(), ["350000", "350200"]);
        let mut lacking = formal();
        lacking.address = Some("  ".into());
        assert_eq!(
            lacking.check(Kind::Formal, true),
            Err(ProposalError::Missing("住所", "the address"))
        );
        assert!(
            lacking.check(Kind::Formal, false).is_ok(),
            "a draft may lack it"
        );
    }

    #[test]
    fn a_field_of_another_kind_is_refused() {
        let mut named = formal();
        named.name = Some("新名称".into());
        assert!(matches!(
            named.check(Kind::Formal, true),
            Err(ProposalError::NotHere("单位名称", _))
        ));
        assert!(matches!(
            formal().check(Kind::Information, true),
            Err(ProposalError::NotHere(..))
        ));
        assert_eq!(
            Proposal::default().check(Kind::Information, true),
            Err(ProposalError::Nothing)
        );
    }

    #[test]
    fn what_was_decided_stays_decided() {
        for state in [State::Approved, State::Rejected, State::Withdrawn] {
            for event in Event::OF_SUPPLIER.into_iter().chain(Event::OF_OPERATOR) {
                assert_eq!(step(state, event), None);
            }
        }
        assert_eq!(step(State::Returned, Event::Submit), Some(State::Submitted));
        assert_eq!(step(State::Draft, Event::Approve), None);
    }
}
