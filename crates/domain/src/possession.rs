//! Proof of possession: the server's checks of a login token, in the order of `docs/protocol-login.md`:
//! size, schema, version → signature → key usage → product → validity → path → revocation → identity → binding.
//!
//! The first six are here and need nothing but the catalogue and the time; what they return carries the path
//! whose revocation is to be looked up. [`crate::revocation`] judges that, [`crate::identity`] reads who it is.

use catalogue::{Capabilities, Catalogue, Platform, Provider};
use contract::{Nonce, SignedStatement, StatementError};
use pki::path::{self, PathError, TrustStore, Usage, ValidatedPath};
use pki::{Certificate, UnixTime};

use crate::challenge::Challenge;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// What a key is presented for; a platform accepts providers for each apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Logging in with a bound key.
    Login,
    /// Binding a key to an account.
    Bind,
    /// Sealing a document.
    Seal,
}

impl Operation {
    /// Whether these capabilities include it.
    const fn allowed(self, capabilities: Capabilities) -> bool {
        match self {
            Self::Login => capabilities.login,
            Self::Bind => capabilities.bind,
            Self::Seal => capabilities.seal,
        }
    }
}

/// A key that signed our statement just now, with a certificate that is good by everything but revocation.
#[derive(Clone, Debug)]
pub struct Possession<'c> {
    /// Its provider, whose own anchors the path ends in.
    pub provider: &'c Provider,
    /// From the certificate to the anchor.
    pub path: ValidatedPath,
}

impl Possession<'_> {
    /// The signer's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.path.leaf()
    }
}

/// Checks a token against the challenge that it answers.
///
/// # Errors
/// The first check that fails.
pub fn prove<'c>(
    token: &SignedStatement,
    challenge: &Challenge,
    operation: Operation,
    catalogue: &'c Catalogue,
    platform: &Platform,
    now: Timestamp,
) -> Result<Possession<'c>, Refusal> {
    let nonce = Nonce(challenge.nonce);
    let certificate = token
        .verify(
            challenge.purpose,
            &challenge.origin,
            &nonce,
            challenge.intent.as_bytes(),
        )
        .map_err(|error| match error {
            StatementError::Signature | StatementError::KeyFamily => Refusal::Statement(error),
            _ => Refusal::Token(error),
        })?;
    accept(
        certificate,
        Usage::Login,
        operation,
        catalogue,
        platform,
        now,
    )
}

/// The checks of a certificate once its key has proved itself: usage, product, validity, path.
///
/// # Errors
/// The first check that fails.
pub fn accept<'c>(
    certificate: Certificate,
    usage: Usage,
    operation: Operation,
    catalogue: &'c Catalogue,
    platform: &Platform,
    now: Timestamp,
) -> Result<Possession<'c>, Refusal> {
    if !certificate
        .key_usage()
        .is_some_and(|allowed| allowed.digital_signature())
    {
        return Err(Refusal::KeyUsage);
    }
    let provider = catalogue
        .recognise(&certificate)
        .ok_or_else(|| Refusal::ProviderUnknown {
            issuer: certificate.issuer().rfc4514(),
        })?;
    provider
        .accepts_product(platform.id.as_str(), &certificate)
        .map_err(Refusal::Product)?;
    let may = |provider: &Provider| operation.allowed(platform.capabilities(provider));
    if !may(provider) {
        return Err(Refusal::ProviderMayNot {
            operation,
            provider: provider.name.clone(),
            instead: catalogue
                .providers()
                .filter(|other| may(other))
                .map(|other| other.name.clone())
                .collect(),
        });
    }
    let at = UnixTime::from(now);
    if at < certificate.not_before() {
        return Err(Refusal::NotYetValid {
            from: certificate.not_before().into(),
        });
    }
    if at > certificate.not_after() {
        return Err(Refusal::Expired {
            at: certificate.not_after().into(),
        });
    }
    // Only this provider's own anchors: the issuer's name in a certificate can be copied by anybody.
    let known = catalogue.trust_of(provider);
    let trust = TrustStore {
        anchors: known.anchors,
        intermediates: known.intermediates,
        ..TrustStore::default()
    };
    let path =
        path::validate(&certificate, &[], &trust, at, usage).map_err(|error| match error {
            PathError::Usage => Refusal::KeyUsage,
            other => Refusal::Path(other),
        })?;
    Ok(Possession { provider, path })
}
