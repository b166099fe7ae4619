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

/// One rule that a certificate would break. [`LintFinding::clause`] says where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LintFinding {
    /// It cannot be read back as strict DER, or an extension stands twice.
    Unreadable,
    /// A positive serial of at most 20 octets; here at least 8 random ones.
    Serial,
    /// The issuer is the authority's subject, and the algorithm is the authority's.
    Issuer,
    /// notBefore is after notAfter.
    Validity,
    /// It would outlive its issuer.
    OutlivesIssuer,
    /// The subject is empty, names nobody, has an attribute twice that stands once, is too long, or has control characters.
    Subject,
    /// An attribute has another string type than its standard gives: country in PrintableString with two letters, the
    /// rest in UTF8String.
    StringType,
    /// basicConstraints do not fit the kind.
    BasicConstraints,
    /// keyUsage does not fit the purpose.
    KeyUsage,
    /// extKeyUsage does not fit the purpose.
    ExtendedKeyUsage,
    /// subjectKeyIdentifier or authorityKeyIdentifier is missing or does not fit.
    KeyIdentifier,
    /// The key is too weak, is the authority's own, or is of a family that has no encryption pair.
    Key,
    /// It announces no list of its issuer over http, or another.
    Revocation,
    /// It does not say where its issuer's certificate is, or says another place.
    IssuerAddress,
    /// An end-entity certificate without a policy.
    Policies,
    /// An extension is critical that must not be, or not critical that must be, or is critical and unknown.
    Criticality,
    /// An identity extension is no string of its standard, or a social credit code without 18 characters.
    Identity,
}

impl LintFinding {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Unreadable,
        Self::Serial,
        Self::Issuer,
        Self::Validity,
        Self::OutlivesIssuer,
        Self::Subject,
        Self::StringType,
        Self::BasicConstraints,
        Self::KeyUsage,
        Self::ExtendedKeyUsage,
        Self::KeyIdentifier,
        Self::Key,
        Self::Revocation,
        Self::IssuerAddress,
        Self::Policies,
        Self::Criticality,
        Self::Identity,
    ];

    /// Where the rule stands.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Unreadable => "RFC 5280 §4.1, §4.2; X.690 §10",
            Self::Serial => "RFC 5280 §4.1.2.2",
            Self::Issuer => "RFC 5280 §4.1.2.3, §4.1.2.4",
            Self::Validity => "RFC 5280 §4.1.2.5",
            Self::OutlivesIssuer => "RFC 5280 §6.1.3 (a)(2), for the whole path",
            Self::Subject => "RFC 5280 §4.1.2.6, appendix A.1",
            Self::StringType => "RFC 5280 §4.1.2.4, appendix A.1",
            Self::BasicConstraints => "RFC 5280 §4.2.1.9",
            Self::KeyUsage => "RFC 5280 §4.2.1.3; GM/T 0015; GM/T 0034 (one key, one purpose)",
            Self::ExtendedKeyUsage => "RFC 5280 §4.2.1.12",
            Self::KeyIdentifier => "RFC 5280 §4.2.1.1, §4.2.1.2",
            Self::Key => "RFC 5280 §4.1.2.7; GM/T 0034",
            Self::Revocation => "RFC 5280 §4.2.1.13",
            Self::IssuerAddress => "RFC 5280 §4.2.2.1",
            Self::Policies => "RFC 5280 §4.2.1.4",
            Self::Criticality => "RFC 5280 §4.2",
            Self::Identity => "GM/T 0015; GB 32100-2015",
        }
    }
}
