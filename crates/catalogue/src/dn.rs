//! Distinguished names as RFC 4514 writes them, compared as `pki` compares names (RFC 5280 §7.1).

use pki::{Name, Oid};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::words::attribute_oid;

/// A distinguished name from a catalogue file, each relative name with one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DistinguishedName(Name);

impl DistinguishedName {
    /// Parses the string form of RFC 4514 §3, most specific first. `None` where it is malformed, has a
    /// multi-valued relative name, or an attribute type that is neither a known short name nor dotted.
    pub fn parse(text: &str) -> Option<Self> {
        let mut attributes: Vec<(Oid, String)> = Vec::new();
        for relative in split_unescaped(text) {
            let (attribute, value) = relative.split_once('=')?;
            attributes.push((attribute_oid(attribute.trim())?, unescape(value)?));
        }
        let root_first: Vec<(Oid, &str)> = attributes
            .iter()
            .rev()
            .map(|(oid, value)| (*oid, value.as_str()))
            .collect();
        Name::from_attributes(&root_first).ok().map(Self)
    }

    /// The name, to compare with a certificate's or to put into one.
    pub fn name(&self) -> &Name {
        &self.0
    }
}

impl std::fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.rfc4514())
    }
}

impl<'de> Deserialize<'de> for DistinguishedName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is no distinguished name (RFC 4514)"))
        })
    }
}

#[cfg(test)]
impl schemars::JsonSchema for DistinguishedName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DistinguishedName".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A distinguished name (RFC 4514), most specific attribute first." })
    }
}

fn split_unescaped(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == ',' {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// RFC 4514 §2.4: `\` before a special character, or before two hex digits that stand for a byte.
fn unescape(value: &str) -> Option<String> {
    let value = value.trim_start();
    let mut bytes = Vec::with_capacity(value.len());
    // Spaces at the end go unless escaped; `keep` is how far an escape protects them.
    let (mut chars, mut keep) = (value.char_indices(), 0);
    while let Some((_, c)) = chars.next() {
        if matches!(c, '+' | '"' | ';' | '<' | '>' | '\0') || (c == '#' && bytes.is_empty()) {
            return None;
        }
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let (at, next) = chars.next()?;
        if next.is_ascii_hexdigit() {
            bytes.push(u8::from_str_radix(value.get(at..at + 2)?, 16).ok()?);
            chars.next();
        } else {
            bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
        }
        keep = bytes.len();
    }
    while bytes.len() > keep && bytes.last() == Some(&b' ') {
        bytes.pop();
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).expect(text)
    }

    #[test]
    fn two_spellings_of_one_name_are_equal() {
        assert_eq!(
            parsed("CN=四川CA,O=a\\, b,C=CN"),
            parsed("cn=四川ca, 2.5.4.10=a\\2c b , C=CN")
        );
        assert_eq!(parsed("CN=\\e5\\9b\\9b"), parsed("CN=四"));
    }

    #[test]
    fn a_different_order_or_depth_is_a_different_name() {
        assert_ne!(parsed("CN=a,O=b"), parsed("O=b,CN=a"));
        assert_ne!(parsed("CN=a"), parsed("CN=a,C=CN"));
    }

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        let text = "CN=深圳CA 演示签发CA DEMO,OU=演示 DEMO,O=a\\, b,C=CN";
        assert_eq!(parsed(text).name().rfc4514(), text);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "CN",
            "CN=",
            "nope=x",
            "CN=a,",
            "CN=a\\",
            "CN=\\zz\\4",
            "CN=a+OU=b",
            "CN=#0c01",
            "C=中",
        ] {
            assert!(DistinguishedName::parse(text).is_none(), "{text}");
        }
    }
}
