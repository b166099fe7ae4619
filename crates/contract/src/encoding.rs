//! Bytes in JSON: base64 for DER and signatures, base64url for nonces. Strict both ways: one value
//! has one spelling, so that nothing can be smuggled in padding or white space.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Bytes that travel as standard base64 with padding (RFC 4648 §4).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Base64(pub Vec<u8>);

impl Base64 {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text form.
    pub fn to_text(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Base64(bytes)
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(Base64)
            .map_err(|_| D::Error::custom("not standard base64"))
    }
}

/// A server's nonce: 32 raw random bytes, written as base64url without padding (43 characters).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(pub [u8; 32]);

impl Nonce {
    /// Reads the 43-character form.
    pub fn from_text(text: &str) -> Option<Nonce> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Nonce(bytes.try_into().ok()?))
    }

    /// The 43-character form.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({})", self.to_text())
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Nonce::from_text(&text)
            .ok_or_else(|| D::Error::custom("a nonce is 32 bytes in base64url without padding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_has_one_spelling() {
        let nonce = Nonce([7; 32]);
        let text = nonce.to_text();
        assert_eq!(text.len(), 43);
        assert_eq!(Nonce::from_text(&text), Some(nonce));
        assert_eq!(Nonce::from_text(&format!("{text}=")), None);
        assert_eq!(Nonce::from_text(&text[..42]), None);
        // The last character carries four bits that mean nothing; they must be zero.
        let mut loose = text.clone();
        loose.pop();
        loose.push('d');
        assert_eq!(Nonce::from_text(&loose), None);
    }

    #[test]
    fn base64_refuses_white_space_and_missing_padding() {
        assert!(serde_json::from_str::<Base64>("\"AQ==\"").is_ok());
        for bad in ["\"AQ\"", "\"AQ= =\"", "\"AQ==\\n\"", "\"AR==\"", "\"-_==\""] {
            assert!(serde_json::from_str::<Base64>(bad).is_err(), "{bad}");
        }
    }
}
