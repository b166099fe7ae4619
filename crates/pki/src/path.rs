//! Trust anchors, path building and path validation (RFC 5280 §6, policies by RFC 9618).
//!
//! The path is built from the leaf upwards through the certificates at hand and ends at an anchor: of several
//! ways the first that holds is taken. Limits on depth, breadth, signatures and comparisons keep hostile
//! bundles cheap. Revocation is an answer of its own: [`TrustStore::revocation_along`] and [`crate::crl`].

mod check;
mod constraints;
mod names;
mod policy;
mod revocation;
mod search;

pub use policy::PolicyInputs;

use std::collections::BTreeSet;

use search::Search;

use crate::crl::Crl;
use crate::ocsp::BasicResponse;
use crate::{Certificate, Oid, UnixTime, VerifyError, oid};

/// What is trusted and what is at hand.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    /// Trusted by decision: name and key of an anchor end a path. An end-entity certificate that stands
    /// here is trusted itself.
    pub anchors: Vec<Certificate>,
    /// Certificates that may help to build a path. They are not trusted.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists at hand. They are not trusted before their issuer's key verified them.
    pub crls: Vec<Crl>,
    /// OCSP responses at hand, as little trusted. [`TrustStore::revocation_along`] asks the lists alone;
    /// who judges documents asks these beside them.
    pub responses: Vec<BasicResponse>,
}

/// What the leaf's key is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Signing a statement: keyUsage is there and has digitalSignature; clientAuth or no extended usage.
    Login,
    /// Signing a document: digitalSignature or nonRepudiation, and, where extended usages stand, one
    /// that signing CAs use for persons (clientAuth, emailProtection, documentSigning, any).
    DocumentSigning,
    /// The path alone.
    Any,
}

/// A path that was found and holds at the asked time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedPath {
    certificates: Vec<Certificate>,
    policies: BTreeSet<Oid>,
}

impl ValidatedPath {
    /// From the leaf to the anchor, both included (the same one where the leaf is an anchor).
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The leaf.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.certificates[0]
    }

    /// The leaf's issuer; `None` where the leaf is itself the anchor.
    #[must_use]
    pub fn issuer(&self) -> Option<&Certificate> {
        self.certificates.get(1)
    }

    /// user-constrained-policy-set (RFC 5280 §6.1.6): the policies under which the path holds, in the words
    /// of the authorities next to the anchor; empty where there is none and none is required.
    #[must_use]
    pub const fn policies(&self) -> &BTreeSet<Oid> {
        &self.policies
    }

    /// The anchor.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        self.certificates.last().unwrap_or_else(|| self.leaf())
    }
}

/// Why no path holds. Of several attempts the one that came farthest is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// No certificate at hand has this name, or only ones whose key identifier differs.
    #[error("no trusted issuer is known for {issuer}")]
    NoAnchor {
        /// The issuer that was looked for, RFC 4514.
        issuer: String,
    },
    /// The named issuer's key did not sign this certificate.
    #[error("the signature on {subject} is not its issuer's: {reason}")]
    Signature {
        /// The certificate's subject.
        subject: String,
        /// What verification said.
        reason: VerifyError,
    },
    /// An issuer is no CA, or its keyUsage lacks keyCertSign.
    #[error("{subject} may not issue certificates")]
    NotACa {
        /// The issuer's subject.
        subject: String,
    },
    /// More CA certificates follow than an issuer's pathLenConstraint allows.
    #[error("the path below {subject} is longer than it allows")]
    PathLength {
        /// The issuer's subject.
        subject: String,
    },
    /// Not valid yet at the asked time.
    #[error("{subject} is not valid yet")]
    NotYetValid {
        /// The certificate's subject.
        subject: String,
    },
    /// Expired at the asked time.
    #[error("{subject} has expired")]
    Expired {
        /// The certificate's subject.
        subject: String,
    },
    /// The leaf's keyUsage or extKeyUsage does not allow the use.
    #[error("the certificate's key usage does not allow this")]
    Usage,
    /// A critical extension that is not understood here.
    #[error("{subject} has the critical extension {oid}, which is not understood")]
    CriticalExtension {
        /// The certificate's subject.
        subject: String,
        /// The extension.
        oid: Oid,
    },
    /// An extension that the path's verdict hangs on and that cannot be read, or says what it may not.
    #[error("the extension {oid} of {subject} cannot be used")]
    Extension {
        /// The certificate's subject.
        subject: String,
        /// The extension.
        oid: Oid,
    },
    /// A certificate policy is required, by the asker or by an issuer, and none that is acceptable reaches
    /// down to this certificate.
    #[error("no acceptable certificate policy covers {subject}")]
    Policy {
        /// The certificate's subject.
        subject: String,
    },
    /// A name that an issuer's nameConstraints do not allow.
    #[error("{subject} lies outside the names its issuer may certify")]
    NameConstraints {
        /// The certificate's subject.
        subject: String,
    },
    /// The certificates at hand make more work than is done for one question: whether a path holds is not
    /// known.
    #[error("too many certificates to try")]
    Limit,
}

/// Finds a path from `leaf` through `extra` and the store's intermediates to an anchor that holds at
/// `at`, anchor's own validity included, and whose leaf may be used for `usage`. Nothing is asked of
/// certificate policies but what the certificates ask themselves.
///
/// # Errors
/// [`PathError`].
pub fn validate(
    leaf: &Certificate,
    extra: &[Certificate],
    trust: &TrustStore,
    at: UnixTime,
    usage: Usage,
) -> Result<ValidatedPath, PathError> {
    validate_under(leaf, extra, trust, at, usage, &PolicyInputs::default())
}

/// [`validate`] with a say on certificate policies (RFC 5280 §6.1.1).
///
/// # Errors
/// [`PathError`].
pub fn validate_under(
    leaf: &Certificate,
    extra: &[Certificate],
    trust: &TrustStore,
    at: UnixTime,
    usage: Usage,
    policies: &PolicyInputs,
) -> Result<ValidatedPath, PathError> {
    let (certificates, policies) = Search::new(leaf, extra, trust, at, policies).run()?;
    check_usage(leaf, usage)?;
    Ok(ValidatedPath {
        certificates,
        policies,
    })
}

fn check_usage(leaf: &Certificate, usage: Usage) -> Result<(), PathError> {
    let key_usage = leaf.key_usage();
    let extended = |allowed: &[Oid]| {
        leaf.extended_key_usage()
            .is_none_or(|usages| usages.iter().any(|oid| allowed.contains(oid)))
    };
    let allowed = match usage {
        Usage::Login => {
            key_usage.is_some_and(|usage| usage.digital_signature())
                && extended(&[oid::CLIENT_AUTH, oid::ANY_EXTENDED_KEY_USAGE])
        }
        Usage::DocumentSigning => {
            key_usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation())
                && extended(&[
                    oid::CLIENT_AUTH,
                    oid::EMAIL_PROTECTION,
                    oid::DOCUMENT_SIGNING,
                    oid::ANY_EXTENDED_KEY_USAGE,
                ])
        }
        Usage::Any => true,
    };
    if allowed {
        Ok(())
    } else {
        Err(PathError::Usage)
    }
}
