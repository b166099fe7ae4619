//! Why nothing is issued.

use pki::VerifyError;

/// Why the machine stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// The certificate would break a rule; nothing was recorded and nothing signed.
    #[error("the certificate would break the rules: {0:?}")]
    Lint(Vec<LintFinding>),
    /// The request does not prove that its key signs.
    #[error("the request is not signed by its key: {0}")]
    ProofOfPossession(VerifyError),
    /// The requested key is of a kind that this profile does not certify.
    #[error("this profile does not certify {0} keys")]
    KeyFamily(&'static str),
    /// A field of the applicant cannot stand in a certificate.
    #[error("{0} cannot stand in a certificate")]
    Applicant(&'static str),
    /// The serial is taken; begin again with fresh randomness.
    #[error("the serial is taken")]
    SerialTaken,
    /// The signer failed, or what it answered does not verify. Whether a signature left it is unknown: the
    /// serial counts as possibly issued.
    #[error("the certificate could not be signed")]
    Signing,
    /// An event that does not follow from the effect that was asked for.
    #[error("the event {0} is out of order")]
    OutOfOrder(&'static str),
    /// The authority's certificate is not one of a CA that may sign certificates and lists.
    #[error("the certificate is not one of an authority")]
    NotAnAuthority,
    /// The certificate is not one that the authority issued for this service.
    #[error("the certificate does not let its holder do this for the authority")]
    NotADelegate,
    /// A list that would take back what an earlier one said, or whose times are not in order.
    #[error("the revocation list's number or times are not in order")]
    ListOrder,
}

/// One rule that a certificate would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LintFinding {
    /// It cannot be read back as strict DER.
    Unreadable,
    /// RFC 5280 §4.1.2.2: a positive serial of at most 20 octets; here at least 8 random ones.
    Serial,
    /// RFC 5280 §4.1.2.4: the issuer is the authority's subject.
    Issuer,
    /// notBefore is after notAfter.
    Validity,
    /// It would outlive its issuer.
    OutlivesIssuer,
    /// The subject is empty, too long (RFC 5280 appendix A.1), or has control characters.
    Subject,
    /// basicConstraints do not fit the kind.
    BasicConstraints,
    /// keyUsage does not fit the kind.
    KeyUsage,
    /// subjectKeyIdentifier or authorityKeyIdentifier is missing or does not fit.
    KeyIdentifier,
    /// The key is too weak, or is the authority's own.
    Key,
    /// A certificate that is not a root's announces no list of its issuer over http.
    Revocation,
    /// An end-entity certificate without a policy or an extended usage.
    Policies,
}
