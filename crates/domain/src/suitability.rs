//! 我的锁能用吗: everything that can be said of a certificate on a platform, each check with its own answer.
//!
//! [`crate::possession::accept`] stops at the first check that fails, since a login needs no more. Here a person wants
//! the whole list: what holds, what does not, and what could not be looked at because something before it failed.

use catalogue::{Catalogue, Identity, Platform, Provider};
use pki::path::{self, PathError, TrustStore, Usage, ValidatedPath};
use pki::{Certificate, UnixTime};

use crate::identity;
use crate::possession::Operation;
use crate::refusal::Refusal;
use crate::revocation::Finding;
use crate::time::Timestamp;

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// The issuer is a provider of the catalogue that this platform lists.
    Provider,
    /// The certificate is one for signing.
    Usage,
    /// It is one of the provider's accepted products.
    Product,
    /// Its time has begun and is not over.
    Validity,
    /// It leads to an anchor of its provider.
    Path,
    /// It is not revoked.
    Revocation,
    /// The identity map reads it.
    Identity,
}

/// What came of looking.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed(Refusal),
    /// It can't be said (rule 5): neither yes nor no.
    Undetermined(Refusal),
    /// Something before it failed, without which it can't be looked at.
    NotReached,
}

impl Aspect {
    /// The stable word in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Usage => "usage",
            Self::Product => "product",
            Self::Validity => "validity",
            Self::Path => "path",
            Self::Revocation => "revocation",
            Self::Identity => "identity",
        }
    }
}

/// What is known before revocation is looked up.
#[derive(Debug)]
pub struct Examination<'c> {
    /// The provider, where the issuer's name is known. The name alone proves nothing: see the path.
    pub provider: Option<&'c Provider>,
    /// The path, where one holds: its certificates' revocation is to be looked up.
    pub path: Option<ValidatedPath>,
    outcomes: Vec<(Aspect, Outcome)>,
}

/// The whole answer.
#[derive(Debug)]
pub struct Suitability<'c> {
    /// The provider.
    pub provider: Option<&'c Provider>,
    /// Whose it is.
    pub identity: Option<Identity>,
    /// Every aspect with its outcome, in order.
    pub outcomes: Vec<(Aspect, Outcome)>,
    /// Binding, login and sealing, each with its answer.
    pub may: [(Operation, Outcome); 3],
}

/// The answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that is checked holds, and the key can be used for everything.
    Fits,
    /// Everything holds, and the platform takes such keys for some things only.
    Partly,
    /// It can't be used here.
    Refused,
    /// Whether it can be used can't be said now.
    Undetermined,
}

impl Verdict {
    /// The stable word in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Partly => "partly",
            Self::Refused => "refused",
            Self::Undetermined => "undetermined",
        }
    }
}

/// Looks at everything that needs only the catalogue and the time.
#[must_use]
pub fn examine<'c>(
    certificate: &Certificate,
    catalogue: &'c Catalogue,
    platform: &Platform,
    now: Timestamp,
) -> Examination<'c> {
    let mut outcomes = Vec::with_capacity(7);
    let provider = catalogue.recognise(certificate);
    outcomes.push((
        Aspect::Provider,
        match provider {
            Some(provider) if platform.lists(provider) => Outcome::Passed,
            Some(provider) => Outcome::Failed(Refusal::ProviderMayNot {
                operation: Operation::Seal,
                provider: provider.name.clone(),
                instead: catalogue
                    .providers()
                    .filter(|other| platform.capabilities(other).seal)
                    .map(|other| other.name.clone())
                    .collect(),
            }),
            None => Outcome::Failed(Refusal::ProviderUnknown {
                issuer: certificate.issuer().rfc4514(),
            }),
        },
    ));
    let signs = certificate
        .key_usage()
        .is_some_and(|allowed| allowed.digital_signature());
    outcomes.push((Aspect::Usage, passed_if(signs, Refusal::KeyUsage)));
    outcomes.push((
        Aspect::Product,
        match provider {
            Some(provider) => match provider.accepts_product(platform.id.as_str(), certificate) {
                Ok(_) => Outcome::Passed,
                Err(refusal) => Outcome::Failed(Refusal::Product(refusal)),
            },
            None => Outcome::NotReached,
        },
    ));
    let at = UnixTime::from(now);
    outcomes.push((
        Aspect::Validity,
        if at < certificate.not_before() {
            Outcome::Failed(Refusal::NotYetValid {
                from: certificate.not_before().into(),
            })
        } else {
            passed_if(
                at <= certificate.not_after(),
                Refusal::Expired {
                    at: certificate.not_after().into(),
                },
            )
        },
    ));
    let (path, outcome) = find_path(certificate, catalogue, provider, at);
    outcomes.push((Aspect::Path, outcome));
    Examination {
        provider,
        path,
        outcomes,
    }
}

fn passed_if(holds: bool, refusal: Refusal) -> Outcome {
    if holds {
        Outcome::Passed
    } else {
        Outcome::Failed(refusal)
    }
}

/// The path is looked for at a time at which the certificate itself is valid: whether it has expired is told apart,
/// and who issued an expired key is worth knowing.
fn find_path(
    certificate: &Certificate,
    catalogue: &Catalogue,
    provider: Option<&Provider>,
    now: UnixTime,
) -> (Option<ValidatedPath>, Outcome) {
    let Some(provider) = provider else {
        return (None, Outcome::NotReached);
    };
    let at = now.clamp(certificate.not_before(), certificate.not_after());
    // Only this provider's own anchors: the issuer's name in a certificate can be copied by anybody.
    let known = catalogue.trust_of(provider);
    let trust = TrustStore {
        anchors: known.anchors,
        intermediates: known.intermediates,
        ..TrustStore::default()
    };
    match path::validate(certificate, &[], &trust, at, Usage::Any) {
        Ok(path) => (Some(path), Outcome::Passed),
        Err(PathError::Usage) => (None, Outcome::Failed(Refusal::KeyUsage)),
        Err(error) => (None, Outcome::Failed(Refusal::Path(error))),
    }
}

impl<'c> Examination<'c> {
    /// Adds what the revocation lists said (nothing where there is no path to look up), reads whose key it is, and
    /// concludes for each operation.
    #[must_use]
    pub fn conclude(
        mut self,
        certificate: &Certificate,
        platform: &Platform,
        finding: Option<Finding>,
    ) -> Suitability<'c> {
        let revocation = match finding {
            _ if self.path.is_none() => Outcome::NotReached,
            None => Outcome::NotReached,
            Some(Finding::Good { .. }) => Outcome::Passed,
            Some(Finding::Revoked { at }) => Outcome::Failed(Refusal::Revoked { at }),
            Some(Finding::Undetermined(why)) => {
                Outcome::Undetermined(Refusal::RevocationUndetermined(why))
            }
        };
        self.outcomes.push((Aspect::Revocation, revocation));
        // A name in a certificate that nobody trustworthy issued is no identity.
        let (identity, outcome) = match (self.provider, &self.path) {
            (Some(provider), Some(_)) => match identity::read(provider, certificate) {
                Ok(identity) => (Some(identity), Outcome::Passed),
                Err(refusal) => (None, Outcome::Failed(refusal)),
            },
            _ => (None, Outcome::NotReached),
        };
        self.outcomes.push((Aspect::Identity, outcome));
        let may = [Operation::Bind, Operation::Login, Operation::Seal]
            .map(|operation| (operation, self.may(operation, platform)));
        Suitability {
            provider: self.provider,
            identity,
            outcomes: self.outcomes,
            may,
        }
    }

    fn may(&self, operation: Operation, platform: &Platform) -> Outcome {
        if let Some(provider) = self.provider {
            let capabilities = platform.capabilities(provider);
            let accepted = match operation {
                Operation::Bind => capabilities.bind,
                Operation::Login => capabilities.login,
                Operation::Seal => capabilities.seal,
            };
            if !accepted {
                return Outcome::Failed(Refusal::ProviderMayNot {
                    operation,
                    provider: provider.name.clone(),
                    // The report says beside it what the provider's keys may do here.
                    instead: Vec::new(),
                });
            }
        }
        let worst = |kind: fn(&Outcome) -> bool| {
            self.outcomes
                .iter()
                .map(|(_, outcome)| outcome)
                .find(|outcome| kind(outcome))
        };
        worst(|outcome| matches!(outcome, Outcome::Failed(_)))
            .or_else(|| worst(|outcome| matches!(outcome, Outcome::Undetermined(_))))
            .or_else(|| worst(|outcome| matches!(outcome, Outcome::NotReached)))
            .cloned()
            .unwrap_or(Outcome::Passed)
    }
}

impl Suitability<'_> {
    /// The answer in a word.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let count = |kind: fn(&Outcome) -> bool| {
            self.may.iter().filter(|(_, outcome)| kind(outcome)).count()
        };
        let yes = count(|outcome| *outcome == Outcome::Passed);
        if yes == self.may.len() {
            Verdict::Fits
        } else if yes > 0 {
            Verdict::Partly
        } else if count(|outcome| matches!(outcome, Outcome::Undetermined(_))) > 0 {
            Verdict::Undetermined
        } else {
            Verdict::Refused
        }
    }
}
