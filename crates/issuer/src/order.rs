//! What the application workflow asks of an authority: an order's body and result, in a closed JSON schema.
//!
//! Whoever approves writes these types; whoever issues parses them, within limits, and trusts nothing else. The
//! bodies name what was approved; how a certificate says it is the profile's affair.

use contract::Base64;
use pki::crl::RevocationReason;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest body or result that is read, in octets.
pub const MAX_BODY: usize = 64 * 1024;
/// The longest PKCS#10, in octets.
const MAX_REQUEST: usize = 8 * 1024;
/// The longest sealed value, in octets.
const MAX_SEALED: usize = 1024;
/// The longest text of a field, in characters (RFC 5280 appendix A.1: what a name holds).
const MAX_TEXT: usize = 64;
/// The longest life that can be asked for. The profile's own limit is lower.
const MAX_YEARS: u32 = 10;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderKind {
    /// Certificates for a signing key, and where asked an encryption pair for it.
    Issue,
    /// The envelope that a signing key got before, the same bytes.
    ReissueEnvelope,
    /// The end of every certificate of a key number.
    Revoke,
    /// A pause: certificateHold.
    Suspend,
    /// The end of a pause.
    Resume,
    /// An administrator's PIN out of escrow, to one popup.
    Unlock,
    /// A holder's encryption pair of before, to the same holder's new signing key.
    Recover,
}

impl OrderKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Issue, "issue"),
        (Self::ReissueEnvelope, "reissue_envelope"),
        (Self::Revoke, "revoke"),
        (Self::Suspend, "suspend"),
        (Self::Resume, "resume"),
        (Self::Unlock, "unlock"),
        (Self::Recover, "recover"),
    ];

    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, word)| *word == name)
            .map(|(kind, _)| *kind)
    }
}

/// An order that was read and is within all limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Certificates for a signing key.
    Issue(Issue),
    /// The envelope once more.
    ReissueEnvelope(ReissueEnvelope),
    /// An end.
    Revoke(Revocation),
    /// A pause.
    Suspend(Revocation),
    /// The end of a pause.
    Resume(Revocation),
    /// An administrator's PIN.
    Unlock(Unlock),
    /// An encryption pair of before.
    Recover(Recover),
}

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

/// An encryption pair in its envelope (GM/T 0016 ENVELOPEDKEYBLOB, GM/T 0009 §7.4). Every field big-endian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopedKeyJson {
    /// The cipher of the private key; always `sm4_ecb`.
    pub algorithm: EnvelopeCipher,
    /// The private key under the symmetric key: 32 octets.
    pub encrypted_private_key: Base64,
    /// Affine x of the public key, 32 octets.
    pub public_x: Base64,
    /// Affine y of the public key, 32 octets.
    pub public_y: Base64,
    /// The symmetric key encrypted to the signing key.
    pub symmetric_key: Sm2CiphertextJson,
}

/// The cipher of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeCipher {
    /// SM4 in ECB mode, no padding.
    Sm4Ecb,
}

/// SM2 ciphertext (GB/T 32918.4) in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sm2CiphertextJson {
    /// Affine x of C1, 32 octets.
    pub x: Base64,
    /// Affine y of C1, 32 octets.
    pub y: Base64,
    /// C3, 32 octets.
    pub hash: Base64,
    /// C2, as long as the plaintext.
    pub cipher: Base64,
}

/// Result of *issue*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// The DER signing certificate.
    pub signing: Base64,
    /// The DER encryption certificate.
    pub encryption: Option<Base64>,
    /// The encryption pair for the signing key.
    pub envelope: Option<EnvelopedKeyJson>,
    /// The authorities above, from the issuing one up to the root, DER.
    pub chain: Vec<Base64>,
}

/// Result of *recover* and *reissue envelope*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovered {
    /// The DER encryption certificate.
    pub encryption: Base64,
    /// Its pair for the signing key.
    pub envelope: EnvelopedKeyJson,
}

/// Result of *revoke*, *suspend* and *resume*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many certificates it touched.
    pub certificates: u64,
}

/// Result of *unlock*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlocked {
    /// The administrator's PIN, sealed to the popup.
    pub sealed: Base64,
}

/// Why a body is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Longer than [`MAX_BODY`].
    #[error("the order is longer than {MAX_BODY} octets")]
    TooLong,
    /// No JSON of the closed schema.
    #[error("the order can't be read: {0}")]
    Schema(String),
    /// A field outside its limits.
    #[error("the order's field {0} is outside its limits")]
    Field(&'static str),
}

/// Why an authority refuses an order: what stands in `issuing_order.refusal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The body is no order of its kind.
    Malformed,
    /// The three persons are not three, or one of them is unknown or has left.
    Approval,
    /// No authority stands for this provider.
    Provider,
    /// The provider has no such product, or does not issue this type.
    Product,
    /// Longer than the profile allows.
    Years,
    /// The request is not signed by its key, or its key is not the one that was approved.
    Request,
    /// The key is too weak, or of a family that is not certified.
    Key,
    /// The signing key has a certificate from another order.
    KeyTaken,
    /// A field can't stand in a certificate.
    Field,
    /// There is nothing under this number that it could be done to.
    NotFound,
    /// What was sealed can't be opened.
    Escrow,
    /// The encryption pair belongs to another holder.
    Holder,
    /// The certificate would break a rule of the linter.
    Lint,
    /// The certificate was revoked before it was handed out.
    Revoked,
}

impl Refusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Approval => "approval",
            Self::Provider => "provider",
            Self::Product => "product",
            Self::Years => "years",
            Self::Request => "request",
            Self::Key => "key",
            Self::KeyTaken => "key_taken",
            Self::Field => "field",
            Self::NotFound => "not_found",
            Self::Escrow => "escrow",
            Self::Holder => "holder",
            Self::Lint => "lint",
            Self::Revoked => "revoked",
        }
    }

    /// The refusal with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Malformed,
            Self::Approval,
            Self::Provider,
            Self::Product,
            Self::Years,
            Self::Request,
            Self::Key,
            Self::KeyTaken,
            Self::Field,
            Self::NotFound,
            Self::Escrow,
            Self::Holder,
            Self::Lint,
            Self::Revoked,
        ]
        .into_iter()
        .find(|refusal| refusal.code() == code)
    }

    /// What a person reads, Chinese and English.
    #[must_use]
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed => (
                "申请内容无法识别，CA 未受理",
                "the CA can't read what was asked",
            ),
            Self::Approval => (
                "录入、审核、批准须为三名在职人员，请重新办理审批",
                "entry, review and approval need three different persons in office; have it approved again",
            ),
            Self::Provider => (
                "该 CA 服务商没有可用的签发机构",
                "no authority stands for this provider",
            ),
            Self::Product => (
                "该 CA 服务商不签发此类证书",
                "this provider does not issue this product or type",
            ),
            Self::Years => (
                "有效年限超出该类证书的上限，请缩短年限",
                "longer than this kind of certificate may live; choose fewer years",
            ),
            Self::Request => (
                "证书请求与签名密钥不符，请在锁上重新生成请求",
                "the request is not signed by the approved key; make it again on the token",
            ),
            Self::Key => (
                "密钥算法或长度不符合要求，请换用受支持的密钥",
                "the key is too weak or of a kind that is not certified; use another",
            ),
            Self::KeyTaken => (
                "该签名密钥已有证书，请生成新的密钥",
                "this signing key has a certificate already; make a new key",
            ),
            Self::Field => (
                "申请信息中有不能写入证书的内容，请检查名称与编号",
                "a name or number can't stand in a certificate; correct it",
            ),
            Self::NotFound => (
                "没有找到该编号下可办理的证书",
                "there is no certificate under this number that this can be done to",
            ),
            Self::Escrow => (
                "托管的管理口令无法打开，请走线下解锁",
                "the administrator's PIN in escrow can't be opened; unlock the key offline",
            ),
            Self::Holder => (
                "加密密钥属于其他持有人，不能恢复到这把锁",
                "the encryption key belongs to another holder",
            ),
            Self::Lint => (
                "证书内容不符合规范，CA 未签发",
                "the certificate would break the rules; it was not signed",
            ),
            Self::Revoked => (
                "该证书在交付前已被吊销，请重新申请",
                "the certificate was revoked before it was handed out; apply again",
            ),
        }
    }
}

impl Order {
    /// Reads the body of an order of this kind.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn parse(kind: OrderKind, body: &str) -> Result<Self, OrderError> {
        let order = match kind {
            OrderKind::Issue => Self::Issue(read(body)?),
            OrderKind::ReissueEnvelope => Self::ReissueEnvelope(read(body)?),
            OrderKind::Revoke => Self::Revoke(read(body)?),
            OrderKind::Suspend => Self::Suspend(read(body)?),
            OrderKind::Resume => Self::Resume(read(body)?),
            OrderKind::Unlock => Self::Unlock(read(body)?),
            OrderKind::Recover => Self::Recover(read(body)?),
        };
        order.check()?;
        Ok(order)
    }

    fn check(&self) -> Result<(), OrderError> {
        match self {
            Self::Issue(issue) => issue.check(),
            Self::ReissueEnvelope(body) => {
                word("key_number", &body.key_number)?;
                digest(&body.signing_key_sha256)
            }
            Self::Revoke(body) => {
                word("key_number", &body.key_number)?;
                // A pause is an order of its own.
                require(body.reason != Reason::CertificateHold, "reason")
            }
            Self::Suspend(body) => {
                word("key_number", &body.key_number)?;
                require(body.reason == Reason::CertificateHold, "reason")
            }
            Self::Resume(body) => word("key_number", &body.key_number),
            Self::Unlock(body) => {
                text("device_serial", &body.device_serial)?;
                sized("escrow", &body.escrow, MAX_SEALED)?;
                let point = body.recipient.as_bytes();
                require(point.len() == 65 && point[0] == 4, "recipient")
            }
            Self::Recover(body) => {
                word("key_number", &body.key_number)?;
                digest(&body.signing_key_sha256)?;
                sized("request", &body.request, MAX_REQUEST)
            }
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

fn read<T: DeserializeOwned>(body: &str) -> Result<T, OrderError> {
    if body.len() > MAX_BODY {
        return Err(OrderError::TooLong);
    }
    serde_json::from_str(body).map_err(|error| OrderError::Schema(error.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn issue() -> serde_json::Value {
        serde_json::json!({
            "type": "organisation", "product": "platform", "organisation": "四川测试有限公司",
            "uscc": "91510100MA00000000", "holder": "四川测试有限公司", "key_number": "SC0001", "years": 1,
            "request": "MIIB", "encryption": true, "replaces": null
        })
    }

    fn parse(kind: OrderKind, body: &serde_json::Value) -> Result<Order, OrderError> {
        Order::parse(kind, &body.to_string())
    }

    #[test]
    fn an_order_to_issue_is_read_and_written_again_as_it_was() {
        let Order::Issue(read) = parse(OrderKind::Issue, &issue()).unwrap() else {
            panic!("another kind");
        };
        assert_eq!(read.certificate_type, CertificateType::Organisation);
        assert_eq!(serde_json::to_value(&read).unwrap(), issue());
    }

    #[test]
    fn a_field_that_nobody_knows_or_that_is_outside_its_limits_is_no_order() {
        let mut unknown = issue();
        unknown["extra"] = 1.into();
        assert!(matches!(
            parse(OrderKind::Issue, &unknown),
            Err(OrderError::Schema(_))
        ));
        for (field, value) in [
            ("years", serde_json::json!(0)),
            ("years", serde_json::json!(11)),
            ("organisation", serde_json::json!("  ")),
            ("organisation", serde_json::json!("长".repeat(65))),
            ("holder", serde_json::json!("a\u{7}b")),
            ("key_number", serde_json::json!("SC 1")),
            ("uscc", serde_json::json!("9151")),
            ("request", serde_json::json!("")),
            (
                "replaces",
                serde_json::json!({"issuer": "x", "serial": "ZZ"}),
            ),
        ] {
            let mut body = issue();
            body[field] = value;
            assert_eq!(
                parse(OrderKind::Issue, &body),
                Err(OrderError::Field(field)),
                "{body}"
            );
        }
        let long = format!("{}{}", " ".repeat(MAX_BODY), issue());
        assert_eq!(
            Order::parse(OrderKind::Issue, &long),
            Err(OrderError::TooLong)
        );
    }

    #[test]
    fn a_pause_is_never_an_end_and_an_end_never_a_pause() {
        let hold = serde_json::json!({"key_number": "SC0001", "reason": "certificate_hold"});
        let lost = serde_json::json!({"key_number": "SC0001", "reason": "key_compromise"});
        assert!(parse(OrderKind::Suspend, &hold).is_ok());
        assert!(parse(OrderKind::Revoke, &lost).is_ok());
        assert!(parse(OrderKind::Suspend, &lost).is_err());
        assert!(parse(OrderKind::Revoke, &hold).is_err());
    }

    #[test]
    fn every_kind_and_every_refusal_is_found_again_by_its_word() {
        for (kind, name) in OrderKind::ALL {
            assert_eq!(OrderKind::from_name(name), Some(kind));
            assert_eq!(kind.name(), name);
        }
        assert_eq!(
            Refusal::from_code(Refusal::KeyTaken.code()),
            Some(Refusal::KeyTaken)
        );
        assert_eq!(Refusal::from_code("nothing"), None);
    }
}
