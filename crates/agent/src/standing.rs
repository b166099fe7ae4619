//! How a certificate stands today, as far as this computer knows: its dates, and the last evidence about its
//! revocation that lies here. Nothing is fetched: what a platform asks for, its server checks afresh.

use catalogue::Catalogue;
use pki::crl::RevocationStatus;
use pki::path::TrustStore;
use pki::{Certificate, UnixTime};
use serde::Serialize;

use crate::rfc3339;

/// Days before the end from which a certificate is said to expire soon: a renewal takes some weeks.
pub const SOON_DAYS: i64 = 60;

const DAY: i64 = 86_400;

/// How a certificate stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its dates.
    pub validity: Validity,
    /// What is known of its revocation.
    pub revocation: Revocation,
}

/// A certificate's dates against today's, in whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Validity {
    /// Valid, and not soon at its end.
    Valid {
        /// Days to its end.
        days: i64,
    },
    /// Valid for at most [`SOON_DAYS`] more.
    ExpiresSoon {
        /// Days to its end; 0 is today.
        days: i64,
    },
    /// Past its end.
    Expired {
        /// Days since.
        days: i64,
    },
    /// Before its beginning.
    NotYet {
        /// Days until then.
        days: i64,
    },
}

/// What the evidence on this computer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Revocation {
    /// A current list of its issuer does not name it.
    Good {
        /// When that list was made, RFC 3339 UTC.
        as_of: String,
    },
    /// A list of its issuer names it.
    Revoked {
        /// Since when, RFC 3339 UTC.
        since: String,
        /// RFC 5280's word for the reason.
        reason: String,
    },
    /// It announces no list and no responder.
    NotAnnounced,
    /// No current evidence lies here.
    Unknown,
}

impl Standing {
    /// How `certificate` stands at `now`, by lists that are verified under the provider's own issuers.
    pub fn of(
        certificate: &Certificate,
        catalogue: &Catalogue,
        evidence: &TrustStore,
        now: UnixTime,
    ) -> Standing {
        Standing {
            validity: Validity::of(certificate.not_before(), certificate.not_after(), now),
            revocation: revocation(certificate, catalogue, evidence, now),
        }
    }
}

impl Validity {
    fn of(from: UnixTime, to: UnixTime, now: UnixTime) -> Validity {
        if now < from {
            // Rounded up: what begins in an hour begins in one day, not in none.
            let days = (from.0 - now.0 + DAY - 1) / DAY;
            Validity::NotYet { days }
        } else if now > to {
            let days = (now.0 - to.0) / DAY;
            Validity::Expired { days }
        } else {
            let days = (to.0 - now.0) / DAY;
            if days <= SOON_DAYS {
                Validity::ExpiresSoon { days }
            } else {
                Validity::Valid { days }
            }
        }
    }
}

fn revocation(
    certificate: &Certificate,
    catalogue: &Catalogue,
    evidence: &TrustStore,
    now: UnixTime,
) -> Revocation {
    let trust = catalogue
        .recognise(certificate)
        .map(|provider| catalogue.trust_of(provider))
        .unwrap_or_default();
    let issuers = trust.intermediates.iter().chain(&trust.anchors);
    for issuer in issuers.filter(|issuer| issuer.subject() == certificate.issuer()) {
        match evidence.revocation(certificate, issuer, now) {
            RevocationStatus::Good { this_update, .. } => {
                return Revocation::Good {
                    as_of: rfc3339(this_update),
                };
            }
            RevocationStatus::Revoked { at, reason } => {
                return Revocation::Revoked {
                    since: rfc3339(at),
                    reason: reason.name().to_owned(),
                };
            }
            RevocationStatus::NotAnnounced => return Revocation::NotAnnounced,
            RevocationStatus::Undetermined(_) => {}
        }
    }
    if certificate.announces_revocation() {
        Revocation::Unknown
    } else {
        Revocation::NotAnnounced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_valid_soon_over_over_or_not_yet_begun() {
        let (from, to) = (UnixTime(1000 * DAY), UnixTime(2000 * DAY));
        let at = |seconds: i64| Validity::of(from, to, UnixTime(seconds));
        assert_eq!(at(1000 * DAY - 1), Validity::NotYet { days: 1 });
        assert_eq!(at(1000 * DAY), Validity::Valid { days: 1000 });
        assert_eq!(at(1939 * DAY), Validity::Valid { days: 61 });
        assert_eq!(at(1940 * DAY), Validity::ExpiresSoon { days: 60 });
        assert_eq!(at(2000 * DAY), Validity::ExpiresSoon { days: 0 });
        assert_eq!(at(2000 * DAY + 1), Validity::Expired { days: 0 });
        assert_eq!(at(2010 * DAY), Validity::Expired { days: 10 });
    }
}
