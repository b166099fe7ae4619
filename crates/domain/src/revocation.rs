//! Revocation: what lists and responders say about a whole path, and what each operation makes of it (rules 5 and 6).

use pki::crl::{Crl, RevocationStatus, WhyUndetermined};
use pki::ocsp::{self, BasicResponse, Question};
use pki::path::ValidatedPath;
use pki::{Certificate, UnixTime};

use crate::possession::Operation;
use crate::refusal::Refusal;
use crate::time::{Span, Timestamp};

/// The evidence that was found for one certificate, at the addresses that it announces.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Lists that could be read, of whatever worth.
    pub lists: Vec<Crl>,
    /// Answers of responders that could be read and are to the question that was asked, of whatever worth.
    pub responses: Vec<BasicResponse>,
    /// Whether something came that is neither list nor answer.
    pub unreadable: bool,
}

/// What is known about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The issuers, by list or by responder, say that no certificate of the path is revoked.
    Good {
        /// The earliest nextUpdate among them.
        next_update: Timestamp,
    },
    /// A certificate of the path is revoked.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
    /// It can't be said.
    Undetermined(WhyUndetermined),
}

/// An accepted status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Fresh evidence says that it is good.
    Fresh,
    /// The last good answer is still young enough; to be shown and kept as a risk.
    LastGood {
        /// When that answer was given.
        at: Timestamp,
    },
}

impl Accepted {
    /// The stable word for what was accepted by policy; nothing when there was no need to.
    #[must_use]
    pub const fn risk(self) -> Option<&'static str> {
        match self {
            Self::Fresh => None,
            Self::LastGood { .. } => Some("revocation_undetermined"),
        }
    }
}

/// Judges every certificate of the path but its anchor, each by the lists and the responder of its own issuer: revoked by
/// either is revoked, and a responder that doesn't know a certificate leaves it undetermined.
///
/// A CA certificate that announces no list is passed over, as its anchor's operator would be the one to withdraw it;
/// the holder's certificate without one is undetermined.
pub fn judge(
    path: &ValidatedPath,
    found: impl Fn(&Certificate) -> Found,
    now: Timestamp,
) -> Finding {
    let at = UnixTime::from(now);
    let mut next = None;
    let mut undetermined = None;
    for (index, pair) in path.certificates().windows(2).enumerate() {
        let (subject, issuer) = (&pair[0], &pair[1]);
        let found = found(subject);
        let question = Question {
            subject,
            issuer,
            at,
            // Whoever fetched compared the nonce: what came for another question is not here.
            nonce: None,
            crls: &found.lists,
        };
        match ocsp::status(&question, &found.responses) {
            RevocationStatus::Good { next_update, .. } => {
                let next_update = Timestamp::from(next_update);
                next = Some(next.map_or(next_update, |other: Timestamp| other.min(next_update)));
            }
            RevocationStatus::Revoked { at, .. } => return Finding::Revoked { at: at.into() },
            RevocationStatus::NotAnnounced if index > 0 => {}
            RevocationStatus::NotAnnounced => undetermined = Some(WhyUndetermined::Missing),
            RevocationStatus::Undetermined(WhyUndetermined::Missing) if found.unreadable => {
                undetermined = Some(WhyUndetermined::Malformed);
            }
            RevocationStatus::Undetermined(why) => undetermined = undetermined.max(Some(why)),
        }
    }
    match (undetermined, next) {
        (Some(why), _) => Finding::Undetermined(why),
        (None, Some(next_update)) => Finding::Good { next_update },
        (None, None) => Finding::Undetermined(WhyUndetermined::Missing),
    }
}

/// What an operation makes of a finding. Login may lean on the last good answer for as long as the platform says,
/// 24 hours at most; everything else needs a fresh one.
///
/// # Errors
/// [`Refusal::Revoked`], [`Refusal::RevocationUndetermined`].
pub fn accept(
    finding: Finding,
    operation: Operation,
    last_good: Option<Timestamp>,
    last_good_hours: u32,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    match finding {
        Finding::Good { .. } => Ok(Accepted::Fresh),
        Finding::Revoked { at } => Err(Refusal::Revoked { at }),
        Finding::Undetermined(why) => {
            let limit = Span::hours(i64::from(last_good_hours.min(24)));
            match last_good {
                // An answer from the future would come from a clock that was set back: it counts for nothing.
                Some(at)
                    if operation == Operation::Login && at <= now && now.since(at) <= limit =>
                {
                    Ok(Accepted::LastGood { at })
                }
                _ => Err(Refusal::RevocationUndetermined(why)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const GONE: Finding = Finding::Undetermined(WhyUndetermined::Missing);

    fn login(last_good: Option<Timestamp>) -> Result<Accepted, Refusal> {
        accept(GONE, Operation::Login, last_good, 24, NOW)
    }

    #[test]
    fn login_leans_on_a_good_answer_of_the_last_24_hours_and_says_so() {
        let at = NOW - Span::hours(24);
        assert_eq!(login(Some(at)), Ok(Accepted::LastGood { at }));
        assert_eq!(
            Accepted::LastGood { at }.risk(),
            Some("revocation_undetermined")
        );
        assert!(login(Some(at - Span::seconds(1))).is_err());
        assert!(login(None).is_err());
        assert!(login(Some(NOW + Span::seconds(1))).is_err());
    }

    #[test]
    fn a_platform_may_allow_less_than_24_hours_but_never_more() {
        let hour_ago = Some(NOW - Span::hours(2));
        assert!(accept(GONE, Operation::Login, hour_ago, 1, NOW).is_err());
        assert!(
            accept(
                GONE,
                Operation::Login,
                Some(NOW - Span::hours(25)),
                1_000,
                NOW
            )
            .is_err()
        );
    }

    #[test]
    fn binding_and_sealing_need_a_fresh_answer() {
        for operation in [Operation::Bind, Operation::Seal] {
            let answer = accept(GONE, operation, Some(NOW), 24, NOW);
            assert_eq!(
                answer,
                Err(Refusal::RevocationUndetermined(WhyUndetermined::Missing))
            );
        }
    }

    #[test]
    fn a_revoked_certificate_is_refused_whatever_was_known_before() {
        let answer = accept(
            Finding::Revoked { at: NOW },
            Operation::Login,
            Some(NOW),
            24,
            NOW,
        );
        assert_eq!(answer, Err(Refusal::Revoked { at: NOW }));
    }
}
