//! What is asked of an authority: the body of each kind of order, and the limits of its fields.

use contract::Base64;
use pki::crl::RevocationReason;
use serde::{Deserialize, Serialize};

use super::{Order, OrderError};

/// The longest PKCS#10, in octets.
const MAX_REQUEST: usize = 8 * 1024;
/// The longest sealed value, in octets.
const MAX_SEALED: usize = 1024;
/// The longest text of a field, in characters (RFC 5280 appendix A.1: what a name holds).
const MAX_TEXT: usize = 64;
/// The longest life that can be asked for. The profile's own limit is lower.
const MAX_YEARS: u32 = 10;

/// Whose certificate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateType {
    /// 机构证书
    Organisation,
    /// 机构业务证书
    Business,
    /// 法人证书
    LegalRepresentative,
    /// 经办人证书
    Handler,
}

impl CertificateType {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Organisation,
        Self::Business,
        Self::LegalRepresentative,
        Self::Handler,
    ];

    /// Its stable word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Business => "business",
            Self::LegalRepresentative => "legal_representative",
            Self::Handler => "handler",
        }
    }
}

/// Body of *issue*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Whose certificate it is.
    #[serde(rename = "type")]
    pub certificate_type: CertificateType,
    /// The provider's product; it gives the certificate policy.
    pub product: String,
    /// The organisation's registered name.
    pub organisation: String,
    /// Its unified social credit code.
    pub uscc: String,
    /// The person's or organisation's name that the certificate is for.
    pub holder: String,
    /// The number that the provider gives the key.
    pub key_number: String,
    /// Life in years.
    pub years: u32,
    /// DER PKCS#10 of the signing key in the token.
    pub request: Base64,
    /// Whether an encryption pair belongs to it.
    pub encryption: bool,
    /// The certificate that this one takes the place of.
    pub replaces: Option<Replaced>,
}

/// A certificate by authority and serial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// The authority's id.
    pub issuer: String,
    /// Lower-case hex.
    pub serial: String,
}

/// Body of *reissue envelope*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReissueEnvelope {
    /// The key number.
    pub key_number: String,
    /// Lower-case hex of SHA-256 over the signing key's SubjectPublicKeyInfo.
    pub signing_key_sha256: String,
}

/// Body of *revoke*, *suspend* and *resume*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The key number.
    pub key_number: String,
    /// Why.
    pub reason: Reason,
}

/// Why a certificate ends (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The key is lost or known to another.
    KeyCompromise,
    /// The holder's name or place changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is no longer wanted.
    CessationOfOperation,
    /// A right that it carried was taken away.
    PrivilegeWithdrawn,
    /// A pause.
    CertificateHold,
    /// None of these.
    Unspecified,
}

impl Reason {
    /// The reason as a list says it.
    #[must_use]
    pub const fn reason(self) -> RevocationReason {
        match self {
            Self::KeyCompromise => RevocationReason::KeyCompromise,
            Self::AffiliationChanged => RevocationReason::AffiliationChanged,
            Self::Superseded => RevocationReason::Superseded,
            Self::CessationOfOperation => RevocationReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => RevocationReason::PrivilegeWithdrawn,
            Self::CertificateHold => RevocationReason::CertificateHold,
            Self::Unspecified => RevocationReason::Unspecified,
        }
    }
}

/// Body of *unlock*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlock {
    /// The administrator's PIN as production sealed it.
    pub escrow: Base64,
    /// The token's serial.
    pub device_serial: String,
    /// The popup's ephemeral public key: an uncompressed point on P-256.
    pub recipient: Base64,
}

/// Body of *recover*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// The key number whose encryption pair is wanted.
    pub key_number: String,
    /// Lower-case hex of SHA-256 over the *old* signing key's SubjectPublicKeyInfo: which of the number's pairs.
    pub signing_key_sha256: String,
    /// DER PKCS#10 of the signing key that the envelope is for.
    pub request: Base64,
}

/// Holds every field against its limits.
pub(super) fn check(order: &Order) -> Result<(), OrderError> {
    match order {
        Order::Issue(issue) => issue.check(),
        Order::ReissueEnvelope(body) => {
            word("key_number", &body.key_number)?;
            digest(&body.signing_key_sha256)
        }
        Order::Revoke(body) => {
            word("key_number", &body.key_number)?;
            // A pause is an order of its own.
            require(body.reason != Reason::CertificateHold, "reason")
        }
        Order::Suspend(body) => {
            word("key_number", &body.key_number)?;
            require(body.reason == Reason::CertificateHold, "reason")
        }
        Order::Resume(body) => word("key_number", &body.key_number),
        Order::Unlock(body) => {
            text("device_serial", &body.device_serial)?;
            sized("escrow", &body.escrow, MAX_SEALED)?;
            let point = body.recipient.as_bytes();
            require(point.len() == 65 && point[0] == 4, "recipient")
        }
        Order::Recover(body) => {
            word("key_number", &body.key_number)?;
            digest(&body.signing_key_sha256)?;
            sized("request", &body.request, MAX_REQUEST)
        }
    }
}

impl Issue {
    fn check(&self) -> Result<(), OrderError> {
        word("product", &self.product)?;
        text("organisation", &self.organisation)?;
        text("holder", &self.holder)?;
        word("key_number", &self.key_number)?;
        let uscc = self.uscc.as_bytes();
        require(
            uscc.len() == 18 && uscc.iter().all(u8::is_ascii_alphanumeric),
            "uscc",
        )?;
        require((1..=MAX_YEARS).contains(&self.years), "years")?;
        sized("request", &self.request, MAX_REQUEST)?;
        if let Some(replaced) = &self.replaces {
            word("replaces", &replaced.issuer)?;
            let serial = replaced.serial.as_bytes();
            require(
                (2..=40).contains(&serial.len()) && serial.iter().all(|c| is_hex(*c)),
                "replaces",
            )?;
        }
        Ok(())
    }
}

fn require(holds: bool, field: &'static str) -> Result<(), OrderError> {
    if holds {
        Ok(())
    } else {
        Err(OrderError::Field(field))
    }
}

/// Text that a person reads.
fn text(field: &'static str, value: &str) -> Result<(), OrderError> {
    let sound = !value.trim().is_empty()
        && value.trim() == value
        && value.chars().count() <= MAX_TEXT
        && !value.chars().any(char::is_control);
    require(sound, field)
}

/// An id or number: printable ASCII without blanks.
fn word(field: &'static str, value: &str) -> Result<(), OrderError> {
    let sound =
        (1..=MAX_TEXT).contains(&value.len()) && value.bytes().all(|c| c.is_ascii_graphic());
    require(sound, field)
}

fn digest(value: &str) -> Result<(), OrderError> {
    require(
        value.len() == 64 && value.bytes().all(is_hex),
        "signing_key_sha256",
    )
}

fn is_hex(character: u8) -> bool {
    matches!(character, b'0'..=b'9' | b'a'..=b'f')
}

fn sized(field: &'static str, value: &Base64, limit: usize) -> Result<(), OrderError> {
    require((1..=limit).contains(&value.as_bytes().len()), field)
}
