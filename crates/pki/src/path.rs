//! Trust anchors, path building and path validation (RFC 5280 §6).
//!
//! The path is built from the leaf upwards through the certificates at hand and ends at an anchor. Limits
//! on depth, breadth and signatures keep hostile bundles cheap. Revocation is not looked at here: it is
//! an answer of its own, see [`crate::crl`].

mod constraints;

use crate::crl::{self, Crl, RevocationStatus};
use crate::{Certificate, Oid, UnixTime, VerifyError, oid};

/// Certificates in a path, leaf and anchor included.
const MAX_DEPTH: usize = 8;
/// Issuers tried for one certificate.
const MAX_WIDTH: usize = 16;
/// Signatures verified for one question.
const MAX_SIGNATURES: usize = 48;

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
}

impl TrustStore {
    /// What the lists of the store say about `subject`. Lists of other issuers, which a store of several
    /// CAs holds by nature, are passed over: without one of `issuer` the answer is *missing*.
    #[must_use]
    pub fn revocation(
        &self,
        subject: &Certificate,
        issuer: &Certificate,
        at: UnixTime,
    ) -> RevocationStatus {
        let own: Vec<Crl> = self
            .crls
            .iter()
            .filter(|crl| crl.issuer() == issuer.subject())
            .cloned()
            .collect();
        crl::status(subject, issuer, &own, at)
    }
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
    /// A name that an issuer's nameConstraints do not allow, or constraints that cannot be read.
    #[error("{subject} lies outside the names its issuer may certify")]
    NameConstraints {
        /// The certificate's subject.
        subject: String,
    },
    /// The certificates at hand make more work than is done for one question.
    #[error("too many certificates to try")]
    Limit,
}

impl PathError {
    /// How far an attempt came; the farthest is the one that helps.
    const fn progress(&self) -> u8 {
        match self {
            Self::NoAnchor { .. } => 0,
            Self::Signature { .. } => 1,
            Self::Limit => 2,
            _ => 3,
        }
    }
}

/// Finds a path from `leaf` through `extra` and the store's intermediates to an anchor that holds at
/// `at`, anchor's own validity included, and whose leaf may be used for `usage`.
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
    let mut search = Search {
        extra,
        trust,
        at,
        signatures: 0,
        error: None,
    };
    let mut path = vec![leaf.clone()];
    if !search.extend(&mut path) {
        return Err(search.error.unwrap_or_else(|| no_anchor(leaf)));
    }
    check_usage(leaf, usage)?;
    Ok(ValidatedPath { certificates: path })
}

struct Search<'a> {
    extra: &'a [Certificate],
    trust: &'a TrustStore,
    at: UnixTime,
    signatures: usize,
    error: Option<PathError>,
}

impl Search<'_> {
    /// Completes `path` to an anchor; `false` leaves it as it was.
    fn extend(&mut self, path: &mut Vec<Certificate>) -> bool {
        let Some(last) = path.last().cloned() else {
            return false;
        };
        if self.trust.anchors.contains(&last) {
            return self.accept(check_path(path, self.at));
        }
        if path.len() == MAX_DEPTH {
            return self.accept(Err(PathError::Limit));
        }
        let candidates = self.issuers_of(&last);
        if candidates.is_empty() {
            return self.accept(Err(no_anchor(&last)));
        }
        for issuer in candidates {
            // A loop through the same name and key proves nothing new (X.509 §10).
            let seen = path.iter().any(|other| {
                other.subject() == issuer.subject() && other.public_key() == issuer.public_key()
            });
            if seen {
                self.accept(Err(no_anchor(&last)));
                continue;
            }
            if self.signatures == MAX_SIGNATURES {
                return self.accept(Err(PathError::Limit));
            }
            self.signatures += 1;
            if let Err(reason) = last.verify_signature(issuer.public_key()) {
                self.accept(Err(PathError::Signature {
                    subject: last.subject().rfc4514(),
                    reason,
                }));
                continue;
            }
            path.push(issuer);
            if self.extend(path) {
                return true;
            }
            path.pop();
        }
        false
    }

    /// Anchors first, then what else has the issuer's name and no contradicting key identifier.
    fn issuers_of(&self, subject: &Certificate) -> Vec<Certificate> {
        let mut found: Vec<Certificate> = Vec::new();
        let at_hand = self
            .trust
            .anchors
            .iter()
            .chain(self.extra)
            .chain(&self.trust.intermediates);
        for candidate in at_hand {
            let identifiers_differ = match (subject.akid(), candidate.skid()) {
                (Some(akid), Some(skid)) => akid != skid,
                _ => false,
            };
            if candidate.subject() == subject.issuer()
                && !identifiers_differ
                && !found.contains(candidate)
            {
                found.push(candidate.clone());
                if found.len() == MAX_WIDTH {
                    break;
                }
            }
        }
        found
    }

    fn accept(&mut self, result: Result<(), PathError>) -> bool {
        let Err(error) = result else {
            return true;
        };
        let farther = self
            .error
            .as_ref()
            .is_none_or(|known| error.progress() > known.progress());
        if farther {
            self.error = Some(error);
        }
        false
    }
}

/// RFC 5280 §6.1 over a complete path whose signatures stand, anchor first.
fn check_path(path: &[Certificate], at: UnixTime) -> Result<(), PathError> {
    let mut constraints = constraints::Accumulated::default();
    for (index, certificate) in path.iter().enumerate().rev() {
        let subject = || certificate.subject().rfc4514();
        if at < certificate.not_before() {
            return Err(PathError::NotYetValid { subject: subject() });
        }
        if at > certificate.not_after() {
            return Err(PathError::Expired { subject: subject() });
        }
        check_critical(certificate)?;
        // §6.1.3 (b): self-issued intermediates are exempt, the leaf is not.
        if index == 0 || !certificate.is_self_issued() {
            constraints.check(certificate)?;
        }
        if index > 0 {
            check_issuer(certificate, &path[1..index])?;
            constraints.add(certificate)?;
        }
    }
    Ok(())
}

/// An issuer is a CA, may sign certificates, and allows as many intermediates as follow.
fn check_issuer(issuer: &Certificate, below: &[Certificate]) -> Result<(), PathError> {
    let subject = || issuer.subject().rfc4514();
    let may_sign = issuer.key_usage().is_none_or(|usage| usage.key_cert_sign());
    let basic = issuer.basic_constraints().filter(|basic| basic.ca);
    let (Some(basic), true) = (basic, may_sign) else {
        return Err(PathError::NotACa { subject: subject() });
    };
    let following = below.iter().filter(|ca| !ca.is_self_issued()).count();
    let allowed = basic
        .path_len
        .is_none_or(|allowed| u64::from(allowed) >= following as u64);
    if allowed {
        Ok(())
    } else {
        Err(PathError::PathLength { subject: subject() })
    }
}

/// Every critical extension is one that is processed here or by whoever reads the leaf.
fn check_critical(certificate: &Certificate) -> Result<(), PathError> {
    const UNDERSTOOD: [Oid; 11] = [
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::EXTENDED_KEY_USAGE,
        oid::NAME_CONSTRAINTS,
        oid::SUBJECT_ALT_NAME,
        oid::ISSUER_ALT_NAME,
        oid::CERTIFICATE_POLICIES,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::AUTHORITY_INFO_ACCESS,
        oid::SUBJECT_KEY_IDENTIFIER,
        oid::AUTHORITY_KEY_IDENTIFIER,
    ];
    certificate
        .extensions()
        .iter()
        .find(|extension| extension.critical() && !UNDERSTOOD.contains(extension.oid()))
        .map_or(Ok(()), |extension| {
            Err(PathError::CriticalExtension {
                subject: certificate.subject().rfc4514(),
                oid: *extension.oid(),
            })
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

fn no_anchor(subject: &Certificate) -> PathError {
    PathError::NoAnchor {
        issuer: subject.issuer().rfc4514(),
    }
}
