//! What a page asks of the agent through the popup's channel, and what the agent answers.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use ts_rs::TS;

use crate::diagnosis::{DiagnoseRequest, Diagnosed};
use crate::intent::DigestName;
use crate::writing::{ProduceRequest, RenewRequest, UnlockRequest};
use crate::{Base64, ErrorCode, MAX_INTENT_BYTES, Nonce, Purpose, SignedStatement};

/// Largest request as JSON text: three variants of a 2 MB tail in base64, and the frame around them.
pub const MAX_REQUEST_BYTES: usize = 9 * 1024 * 1024;
/// Largest appended tail in bytes.
pub const MAX_TAIL_BYTES: usize = 2 * 1024 * 1024;
/// Most ranges that stay of an OFD: what is left out are two files and the directory.
pub const MAX_KEPT: usize = 16;
/// Largest original in bytes.
pub const MAX_ORIGINAL_BYTES: u64 = 512 * 1024 * 1024;

/// Families of keys, as they are named in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum KeyFamilyName {
    /// SM2.
    Sm2,
    /// RSA.
    Rsa,
    /// ECDSA on P-256.
    P256,
}

impl KeyFamilyName {
    /// The name of a family; `None` for one that neither logs in nor seals.
    pub fn of(family: pki::KeyFamily) -> Option<KeyFamilyName> {
        match family {
            pki::KeyFamily::Sm2 => Some(KeyFamilyName::Sm2),
            pki::KeyFamily::Rsa => Some(KeyFamilyName::Rsa),
            pki::KeyFamily::P256 => Some(KeyFamilyName::P256),
            pki::KeyFamily::P384 => None,
        }
    }
}

/// What the agent checked of the document itself. Shown before the PIN, and signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The user chose the file in the agent, which hashed it itself.
    Picked,
    /// The agent rendered the bytes that it hashed.
    Previewed,
    /// Only a digest came: 本机未核对.
    Remote,
}

impl Grade {
    /// The name in JSON and in the signed attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Grade::Picked => "picked",
            Grade::Previewed => "previewed",
            Grade::Remote => "remote",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Grade> {
        match name {
            "picked" => Some(Grade::Picked),
            "previewed" => Some(Grade::Previewed),
            "remote" => Some(Grade::Remote),
            _ => None,
        }
    }
}

/// A request: a statement to sign, a seal, a certificate to be shown, a diagnosis, or the begin of a conversation that
/// writes to a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum AgentRequest {
    /// A seal.
    Seal(SealRequest),
    /// A certificate to be shown.
    Check(CheckRequest),
    /// What is wrong on this computer.
    Diagnose(DiagnoseRequest),
    /// A new key on a blank token.
    Produce(ProduceRequest),
    /// New certificates beside the old ones.
    Renew(RenewRequest),
    /// A new PIN for a locked token.
    Unlock(UnlockRequest),
    /// A statement.
    Statement(StatementRequest),
}

/// Asks for a signed statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StatementRequest {
    /// Version, 1.
    pub version: u32,
    /// What it is for; the same as in the intent.
    pub purpose: Purpose,
    /// The server's nonce.
    #[ts(as = "String")]
    pub nonce: Nonce,
    /// The server's exact intent.
    pub intent: String,
}

/// Asks for the CMS of a seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SealRequest {
    /// Version, 1.
    pub version: u32,
    /// Always `seal`.
    pub purpose: SealPurpose,
    /// The server's exact intent.
    pub intent: String,
    /// One prepared revision for each family of keys that the account may seal with.
    pub variants: Vec<SealVariant>,
}

/// The one purpose of a [`SealRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SealPurpose {
    /// `seal`.
    Seal,
}

/// Asks for the certificate of a key that the user picks. No PIN is asked and nothing is signed, so the answer proves
/// no possession: a server may say what it thinks of the certificate, and nothing of whose account it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// Version, 1.
    pub version: u32,
    /// Always `check`.
    pub purpose: CheckPurpose,
    /// The exact intent.
    pub intent: String,
}

/// The one purpose of a [`CheckRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckPurpose {
    /// `check`.
    Check,
}

/// A prepared revision for one family of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SealVariant {
    /// The family that it is for.
    pub family: KeyFamilyName,
    /// The PDF SubFilter: `adbe.pkcs7.detached` (SM2) or `ETSI.CAdES.detached`; `OFD` for an OFD.
    pub sub_filter: String,
    /// Hash over the ByteRange, or over Signature.xml.
    pub hash: DigestName,
    /// Digest over the ByteRange, or over Signature.xml, base64.
    #[ts(as = "String")]
    pub digest: Base64,
    /// The appended bytes with zeros as Contents, base64.
    #[ts(as = "String")]
    pub tail: Base64,
    /// Length of the original in bytes.
    #[ts(type = "number")]
    pub original_length: u64,
    /// What an OFD is signed with; absent for a PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ofd: Option<OfdVariant>,
}

/// What an OFD's signature is made of. Signature.xml comes whole, never its digest alone: the agent hashes it itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfdVariant {
    /// Signature.xml, base64.
    #[ts(as = "String")]
    pub signature_xml: Base64,
    /// Its path in the package, with a leading slash.
    pub signature_path: String,
    /// The seal, DER of an SESeal, base64.
    #[ts(as = "String")]
    pub seal: Base64,
    /// The ranges of the original that stay in front of the tail, in order: begin and end in bytes.
    #[ts(type = "Array<[number, number]>")]
    pub kept: Vec<[u64; 2]>,
}

/// Why a request was refused before the user saw anything of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Larger than allowed.
    #[error("the request is too large")]
    TooLarge,
    /// Not of the known form.
    #[error("not a request: {0}")]
    Schema(String),
    /// A version other than 1.
    #[error("request version {0} is not known")]
    Version(u32),
}

impl AgentRequest {
    /// Reads a request: size, schema, version, and the bounds of each field.
    pub fn from_json(text: &str) -> Result<AgentRequest, RequestError> {
        if text.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLarge);
        }
        let request: AgentRequest =
            serde_json::from_str(text).map_err(|error| RequestError::Schema(error.to_string()))?;
        request.check()?;
        Ok(request)
    }

    /// The server's exact intent.
    pub fn intent(&self) -> &str {
        match self {
            AgentRequest::Seal(request) => &request.intent,
            AgentRequest::Check(request) => &request.intent,
            AgentRequest::Diagnose(request) => &request.intent,
            AgentRequest::Produce(request) => &request.intent,
            AgentRequest::Renew(request) => &request.intent,
            AgentRequest::Unlock(request) => &request.intent,
            AgentRequest::Statement(request) => &request.intent,
        }
    }

    /// Version and bounds, for a request that was read as part of a larger body.
    pub fn check(&self) -> Result<(), RequestError> {
        let version = match self {
            AgentRequest::Seal(request) => request.version,
            AgentRequest::Check(request) => request.version,
            AgentRequest::Diagnose(request) => request.version,
            AgentRequest::Produce(request) => request.version,
            AgentRequest::Renew(request) => request.version,
            AgentRequest::Unlock(request) => request.version,
            AgentRequest::Statement(request) => request.version,
        };
        if version != 1 {
            return Err(RequestError::Version(version));
        }
        if self.intent().len() > MAX_INTENT_BYTES {
            return Err(RequestError::TooLarge);
        }
        let request = match self {
            AgentRequest::Seal(request) => request,
            AgentRequest::Produce(request) => return request.check(),
            _ => return Ok(()),
        };
        let schema = |text: &str| Err(RequestError::Schema(text.into()));
        if request.variants.is_empty() || request.variants.len() > 3 {
            return schema("a seal has one to three variants");
        }
        for (at, variant) in request.variants.iter().enumerate() {
            if request.variants[..at]
                .iter()
                .any(|earlier| earlier.family == variant.family)
            {
                return schema("two variants of one family");
            }
            if variant.digest.0.len() != 32 {
                return schema("a digest has 32 bytes");
            }
            if variant.sub_filter.len() > 64 {
                return schema("SubFilter is too long");
            }
            if let Some(ofd) = &variant.ofd {
                ofd.check(variant.original_length)?;
            }
            if variant.tail.0.is_empty()
                || variant.tail.0.len() > MAX_TAIL_BYTES
                || variant.original_length > MAX_ORIGINAL_BYTES
            {
                return Err(RequestError::TooLarge);
            }
        }
        Ok(())
    }
}

impl OfdVariant {
    fn check(&self, original_length: u64) -> Result<(), RequestError> {
        if self.signature_xml.0.is_empty()
            || self.signature_xml.0.len() > MAX_TAIL_BYTES
            || self.seal.0.is_empty()
            || self.seal.0.len() > MAX_TAIL_BYTES
            || self.kept.len() > MAX_KEPT
        {
            return Err(RequestError::TooLarge);
        }
        let path = &self.signature_path;
        if !path.starts_with('/') || path.len() > 512 || !path.is_ascii() {
            return Err(RequestError::Schema("no path of Signature.xml".into()));
        }
        let mut end = 0;
        for [from, to] in &self.kept {
            if *from < end || to < from || *to > original_length {
                return Err(RequestError::Schema("ranges that are none".into()));
            }
            end = *to;
        }
        Ok(())
    }
}

// Untagged enums report "did not match any variant"; reading the purpose first keeps the real reason.
impl<'de> Deserialize<'de> for AgentRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = match value.get("purpose").and_then(|purpose| purpose.as_str()) {
            Some("seal") => serde_json::from_value(value).map(AgentRequest::Seal),
            Some("check") => serde_json::from_value(value).map(AgentRequest::Check),
            Some("diagnose") => serde_json::from_value(value).map(AgentRequest::Diagnose),
            Some("produce") => serde_json::from_value(value).map(AgentRequest::Produce),
            Some("renew") => serde_json::from_value(value).map(AgentRequest::Renew),
            Some("unlock") => serde_json::from_value(value).map(AgentRequest::Unlock),
            _ => serde_json::from_value(value).map(AgentRequest::Statement),
        };
        read.map_err(D::Error::custom)
    }
}

/// What the agent answers on the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AgentResponse {
    /// The login token.
    Statement {
        /// For the server as it stands.
        token: SignedStatement,
    },
    /// The CMS of a seal.
    Seal {
        /// DER in base64.
        #[ts(as = "String")]
        cms: Base64,
        /// What the agent checked of the document.
        grade: Grade,
    },
    /// The certificate that the user let the site see.
    Certificate {
        /// DER in base64.
        #[ts(as = "String")]
        certificate: Base64,
    },
    /// What was found on this computer, as the user read it and let it go.
    Diagnosis(Diagnosed),
    /// Certificates were written to a token and read back from it.
    Written {
        /// The device's serial number.
        device_serial: String,
        /// SHA-256 of the signing certificate, DER, in lower-case hex.
        signing_sha256: String,
        /// SHA-256 of the encryption certificate; `null` where there is none.
        encryption_sha256: Option<String>,
        /// Always true: what could not be read back is an error.
        read_back: bool,
    },
    /// The token has a new PIN.
    Unlocked,
    /// It failed, and the window has said why.
    Error {
        /// The reason.
        code: ErrorCode,
    },
    /// The user closed the window or chose to cancel.
    Cancelled,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_statement_request_is_read_by_its_purpose() {
        let text =
            format!(r#"{{"version":1,"purpose":"login","nonce":"{NONCE}","intent":"{{}}"}}"#);
        let request = AgentRequest::from_json(&text).unwrap();
        assert!(matches!(&request, AgentRequest::Statement(r) if r.purpose == Purpose::Login));
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
    }

    #[test]
    fn a_request_with_an_unknown_field_version_or_purpose_is_refused() {
        let unknown =
            format!(r#"{{"version":1,"purpose":"login","nonce":"{NONCE}","intent":"","x":1}}"#);
        assert!(matches!(
            AgentRequest::from_json(&unknown),
            Err(RequestError::Schema(_))
        ));
        let version = format!(r#"{{"version":2,"purpose":"login","nonce":"{NONCE}","intent":""}}"#);
        assert_eq!(
            AgentRequest::from_json(&version),
            Err(RequestError::Version(2))
        );
        let purpose = format!(r#"{{"version":1,"purpose":"sign","nonce":"{NONCE}","intent":""}}"#);
        assert!(matches!(
            AgentRequest::from_json(&purpose),
            Err(RequestError::Schema(_))
        ));
    }

    #[test]
    fn a_seal_has_one_variant_for_a_family_and_a_tail_of_two_megabytes_at_most() {
        let variant = SealVariant {
            family: KeyFamilyName::Sm2,
            sub_filter: "adbe.pkcs7.detached".into(),
            hash: DigestName::Sm3,
            digest: Base64(vec![0; 32]),
            tail: Base64(vec![1; 10]),
            original_length: 100,
            ofd: None,
        };
        let request = |variants| {
            AgentRequest::Seal(SealRequest {
                version: 1,
                purpose: SealPurpose::Seal,
                intent: "{}".into(),
                variants,
            })
        };
        let good = request(vec![variant.clone()]);
        assert_eq!(
            AgentRequest::from_json(&serde_json::to_string(&good).unwrap()).unwrap(),
            good
        );
        assert!(request(vec![]).check().is_err());
        assert!(
            request(vec![variant.clone(), variant.clone()])
                .check()
                .is_err()
        );
        let large = SealVariant {
            tail: Base64(vec![0; MAX_TAIL_BYTES + 1]),
            ..variant
        };
        assert_eq!(request(vec![large]).check(), Err(RequestError::TooLarge));
    }

    #[test]
    fn a_check_asks_for_a_certificate_and_for_nothing_that_is_signed() {
        let intent = r#"{\"purpose\":\"check\",\"v\":1,\"platform\":\"gongecai\",\"platform_name\":\"公e采\"}"#;
        let text = format!(r#"{{"version":1,"purpose":"check","intent":"{intent}"}}"#);
        let request = AgentRequest::from_json(&text).unwrap();
        assert!(matches!(&request, AgentRequest::Check(_)));
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        let intent = crate::Intent::from_json(request.intent()).unwrap();
        assert_eq!(intent.statement_purpose(), None);
        assert_eq!(intent.to_json().unwrap(), request.intent());
        // A nonce would be something to sign: the schema has no place for one.
        let text = format!(r#"{{"version":1,"purpose":"check","nonce":"{NONCE}","intent":""}}"#);
        assert!(matches!(
            AgentRequest::from_json(&text),
            Err(RequestError::Schema(_))
        ));
        let answer = AgentResponse::Certificate {
            certificate: Base64(vec![0x30, 0x03]),
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"type":"certificate","certificate":"MAM="}"#
        );
    }

    #[test]
    fn responses_have_the_forms_that_the_page_reads() {
        let text = serde_json::to_string(&AgentResponse::Error {
            code: ErrorCode::PinLocked,
        })
        .unwrap();
        assert_eq!(text, r#"{"type":"error","code":"pin_locked"}"#);
        assert_eq!(
            serde_json::to_string(&AgentResponse::Cancelled).unwrap(),
            r#"{"type":"cancelled"}"#
        );
    }
}
