//! What the driver stores. Every record is plain data that serialises; bytes are lower-case hex in text
//! formats. `(issuer, serial)` is unique in the store, and so is `(issuer, number)` of lists.

use serde::{Deserialize, Serialize};

/// A serial that is about to be signed. Stored before the signature is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentRecord {
    /// The authority's id, such as `szca-demo-issuing`.
    pub issuer: String,
    /// The serial in lower-case hex.
    pub serial: String,
    /// The subject, RFC 4514.
    pub subject: String,
    /// The provider's key number, for end-entity certificates.
    pub key_number: Option<String>,
    /// First and last second of validity, Unix.
    pub not_before: i64,
    /// Last second of validity, Unix.
    pub not_after: i64,
    /// The DER TBSCertificate that is to be signed.
    #[serde(with = "bytes")]
    pub tbs: Vec<u8>,
    /// When this was decided, Unix seconds.
    pub at: i64,
}

/// The result that belongs to an [`IntentRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedRecord {
    /// The authority's id.
    pub issuer: String,
    /// The serial in lower-case hex.
    pub serial: String,
    /// The DER certificate.
    #[serde(with = "bytes")]
    pub certificate: Vec<u8>,
}

/// A serial of which it is not known whether a certificate exists: it is revoked and never signed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PossiblyIssuedRecord {
    /// The authority's id.
    pub issuer: String,
    /// The serial in lower-case hex.
    pub serial: String,
    /// From when it counts as revoked, Unix seconds.
    pub at: i64,
}

/// A revoked serial, for the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationRecord {
    /// The serial in lower-case hex.
    pub serial: String,
    /// revocationDate, Unix seconds.
    pub at: i64,
    /// reasonCode's name as RFC 5280 writes it, such as `keyCompromise`.
    pub reason: String,
}

impl From<&PossiblyIssuedRecord> for RevocationRecord {
    fn from(record: &PossiblyIssuedRecord) -> Self {
        Self {
            serial: record.serial.clone(),
            at: record.at,
            reason: pki::crl::RevocationReason::Unspecified.name().to_owned(),
        }
    }
}

pub(crate) mod bytes {
    //! Bytes as lower-case hex.

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text).map_err(de::Error::custom)
    }
}
