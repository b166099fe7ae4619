//! The small words of the files: two-language text, identifiers, object identifiers. Each refuses at
//! parse time, so that the loader's error carries the line.

use std::fmt;

use pki::Oid;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A text in the two languages of the pages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The id of a provider, a unified client or a platform: 2–32 of `a–z 0–9 -`, beginning with a letter.
/// It is also the name of its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProviderId(String);

impl ProviderId {
    /// Parses an id; `None` where it is not one.
    pub fn new(text: &str) -> Option<Self> {
        let inside = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        (inside && first && (2..=32).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The id as it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ProviderId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is no id: 2 to 32 of a-z, 0-9 and -, first a letter"
            ))
        })
    }
}

/// An object identifier in dotted decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub Oid);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Oid::new(&text).map(Self).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is no object identifier in dotted decimal"
            ))
        })
    }
}

/// Attribute types of a distinguished name that have a short name (RFC 4514 §3 and the ones CAs here use).
pub(crate) const ATTRIBUTES: [(&str, &str); 13] = [
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("GIVENNAME", "2.5.4.42"),
    ("G", "2.5.4.42"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
];

/// The object identifier of an attribute type, from its short name (any case) or from dotted decimal.
pub(crate) fn attribute_oid(name: &str) -> Option<Oid> {
    let dotted = ATTRIBUTES
        .iter()
        .find(|(short, _)| short.eq_ignore_ascii_case(name))
        .map_or(name, |(_, oid)| oid);
    Oid::new(dotted).ok()
}
