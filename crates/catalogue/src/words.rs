//! The small words of the files: two-language text, identifiers, object identifiers. Each refuses at
//! parse time, so that the loader's error carries the line.

use std::fmt;

use pki::Oid;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A text in the two languages of the pages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Makes a type for a text of one form: it parses or refuses, is shown and serialised as the text itself.
macro_rules! text_type {
    ($(#[$doc:meta])+ $name:ident, $fits:path, $refusal:literal, $pattern:literal) => {
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Parses it; `None` where the text is not one.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                $fits(text).then(|| Self(text.to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).ok_or_else(|| {
                    serde::de::Error::custom(format!(concat!("`{}` is ", $refusal), text))
                })
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}
pub(crate) use text_type;

text_type! {
    /// The id of a provider, a unified client, a platform, a package or a product: 2–32 of `a–z 0–9 -`,
    /// beginning with a letter. Of the first three it is also the name of the file.
    ProviderId, is_id, "no id: 2 to 32 of a-z, 0-9 and -, first a letter", r"^[a-z][a-z0-9-]{1,31}$"
}

fn is_id(text: &str) -> bool {
    let inside = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    inside && first && (2..=32).contains(&text.len())
}

text_type! {
    /// An address that a page may link to: http or https, at most 2048 visible ASCII characters. Anything else
    /// (`javascript:`, blanks) never reaches a link.
    WebAddress, is_web_address, "no http or https address", r"^https?://[!-~]+$"
}

fn is_web_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    text.len() <= 2048
        && text.bytes().all(|b| b.is_ascii_graphic())
        && host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
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

#[cfg(test)]
impl schemars::JsonSchema for ObjectId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObjectId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^[0-2](\.(0|[1-9][0-9]*))+$" })
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
