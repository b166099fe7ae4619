//! *yinxin-seal-intent*: the CMS signed attribute that keeps what a signer was shown.
//!
//! ```text
//! YinxinSealIntent ::= SEQUENCE {
//!     version INTEGER (1),
//!     origin  UTF8String,                                  -- as the browser gave it
//!     grade   UTF8String ("picked" | "previewed" | "remote"),
//!     intent  OCTET STRING }                               -- the server's exact JSON, at most 4 KiB
//! ```
//!
//! The attribute holds exactly one value. Being signed, it lets the verifier say what the signer saw.

use der::asn1::{OctetString, Utf8StringRef};
use der::{Decode, Encode, Sequence};

use crate::intent::{Intent, IntentError, SealIntent};
use crate::{Grade, MAX_INTENT_BYTES, Shown};

/// OID of the attribute, below the project's own arc.
pub const SEAL_INTENT_OID: &str = "2.25.1448040822.1";
/// Longest origin in bytes; a DNS name has at most 253.
pub const MAX_ORIGIN_BYTES: usize = 300;

/// Why an attribute value was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealIntentError {
    /// Not DER of the sequence above.
    #[error("the seal intent is not the expected DER: {0}")]
    Der(String),
    /// A version other than 1.
    #[error("seal intent version {0} is not known")]
    Version(u8),
    /// A grade that is none of the three.
    #[error("the grade of the seal intent is not known")]
    Grade,
    /// Origin or intent are longer than allowed.
    #[error("a field of the seal intent is too long")]
    TooLong,
    /// The intent is no UTF-8.
    #[error("the intent is not text")]
    NotText,
    /// The intent is not a seal's.
    #[error("the signed intent is not a seal's")]
    NotASeal,
    /// The intent itself is malformed.
    #[error(transparent)]
    Intent(#[from] IntentError),
}

/// The attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealIntentAttribute {
    /// The page's origin as the browser gave it.
    pub origin: String,
    /// What the agent checked of the document.
    pub grade: Grade,
    /// The server's exact bytes.
    pub intent: String,
}

#[derive(Sequence)]
struct Wire<'a> {
    version: u8,
    origin: Utf8StringRef<'a>,
    grade: Utf8StringRef<'a>,
    intent: OctetString,
}

impl SealIntentAttribute {
    /// DER of the value.
    pub fn to_der(&self) -> Result<Vec<u8>, SealIntentError> {
        if self.origin.len() > MAX_ORIGIN_BYTES || self.intent.len() > MAX_INTENT_BYTES {
            return Err(SealIntentError::TooLong);
        }
        let der = |error: der::Error| SealIntentError::Der(error.to_string());
        Wire {
            version: 1,
            origin: Utf8StringRef::new(&self.origin).map_err(der)?,
            grade: Utf8StringRef::new(self.grade.name()).map_err(der)?,
            intent: OctetString::new(self.intent.as_bytes()).map_err(der)?,
        }
        .to_der()
        .map_err(der)
    }

    /// Reads the value, strictly.
    pub fn from_der(bytes: &[u8]) -> Result<SealIntentAttribute, SealIntentError> {
        if bytes.len() > MAX_INTENT_BYTES + MAX_ORIGIN_BYTES + 64 {
            return Err(SealIntentError::TooLong);
        }
        let wire =
            Wire::from_der(bytes).map_err(|error| SealIntentError::Der(error.to_string()))?;
        if wire.version != 1 {
            return Err(SealIntentError::Version(wire.version));
        }
        let grade = Grade::from_name(wire.grade.as_ref()).ok_or(SealIntentError::Grade)?;
        let origin: &str = wire.origin.as_ref();
        if origin.len() > MAX_ORIGIN_BYTES || wire.intent.as_bytes().len() > MAX_INTENT_BYTES {
            return Err(SealIntentError::TooLong);
        }
        let intent = String::from_utf8(wire.intent.as_bytes().to_vec())
            .map_err(|_| SealIntentError::NotText)?;
        Ok(SealIntentAttribute {
            origin: origin.to_owned(),
            grade,
            intent,
        })
    }

    /// The seal's intent, parsed.
    pub fn seal_intent(&self) -> Result<SealIntent, SealIntentError> {
        match Intent::from_json(&self.intent)? {
            Intent::Seal(intent) => Ok(intent),
            _ => Err(SealIntentError::NotASeal),
        }
    }

    /// What the verifier reports.
    pub fn shown(&self) -> Result<Shown, SealIntentError> {
        let intent = self.seal_intent()?;
        Ok(Shown {
            origin: self.origin.clone(),
            grade: self.grade,
            document: intent.document,
            document_digest: intent.document_digest,
            pages: intent.pages,
            seal: intent.seal,
            organisation: intent.organisation,
            platform: intent.platform,
            platform_name: intent.platform_name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> SealIntentAttribute {
        SealIntentAttribute {
            origin: "https://a.cn".into(),
            grade: Grade::Remote,
            intent: "{}".into(),
        }
    }

    #[test]
    fn the_value_is_the_sequence_that_the_protocol_names() {
        let der = value().to_der().unwrap();
        assert_eq!(
            hex::encode(&der),
            "301d0201010c0c68747470733a2f2f612e636e0c0672656d6f746504027b7d"
        );
        assert_eq!(SealIntentAttribute::from_der(&der).unwrap(), value());
    }

    #[test]
    fn another_version_grade_or_a_byte_too_many_is_refused() {
        let good = value().to_der().unwrap();
        let mut version = good.clone();
        version[4] = 2;
        assert_eq!(
            SealIntentAttribute::from_der(&version),
            Err(SealIntentError::Version(2))
        );
        let mut grade = good.clone();
        grade[21] = b'R';
        assert_eq!(
            SealIntentAttribute::from_der(&grade),
            Err(SealIntentError::Grade)
        );
        let mut long = good;
        long.push(0);
        assert!(matches!(
            SealIntentAttribute::from_der(&long),
            Err(SealIntentError::Der(_))
        ));
    }

    #[test]
    fn an_intent_of_another_purpose_is_no_seal() {
        let intent = r#"{"v":1,"purpose":"login","platform":"p","platform_name":"P"}"#.to_owned();
        let value = SealIntentAttribute { intent, ..value() };
        assert_eq!(value.shown(), Err(SealIntentError::NotASeal));
    }
}
