//! Distinguished names: reading, comparing (RFC 5280 §7.1), writing as text (RFC 4514).

use std::fmt::Write as _;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

use crate::asn1::{Element, tag, write};
use crate::{Oid, ParseError, oid};

const WHAT: &str = "distinguished name";
const MAX_ATTRIBUTES: usize = 128;

/// A distinguished name. Equality is that of RFC 5280 §7.1, by the preparation of RFC 4518: case, runs of
/// spaces, compatible forms of a character and the choice of string type do not matter. Cheap to clone.
#[derive(Clone)]
pub struct Name(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    rdns: Vec<Vec<NameAttribute>>,
    comparable: Vec<Vec<u8>>,
}

/// One attribute of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAttribute {
    oid: Oid,
    /// The value's DER.
    der: Vec<u8>,
    text: Option<String>,
}

impl NameAttribute {
    /// The attribute's type.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// The value as text, where it is of a string type.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The value's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

impl Name {
    /// Reads a DER Name.
    ///
    /// # Errors
    /// [`ParseError`]; more than 128 attributes are refused.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        Self::from_element(&Element::parse(der, WHAT)?)
    }

    pub(crate) fn from_element(element: &Element<'_>) -> Result<Self, ParseError> {
        let mut rdns = Vec::new();
        let mut count = 0;
        let mut sequence = element.sequence(WHAT)?;
        while let Some(rdn) = sequence.next()? {
            let mut set = rdn.inside(tag::SET, WHAT)?;
            let mut attributes = Vec::new();
            while let Some(attribute) = set.next()? {
                let mut fields = attribute.sequence(WHAT)?;
                let oid = fields.oid()?;
                let value = fields.required()?;
                fields.finish()?;
                attributes.push(NameAttribute {
                    oid,
                    der: value.raw().to_vec(),
                    text: value.text(),
                });
                count += 1;
                if count > MAX_ATTRIBUTES {
                    return Err(ParseError::TooMany {
                        what: WHAT,
                        limit: MAX_ATTRIBUTES,
                    });
                }
            }
            if attributes.is_empty() {
                return Err(ParseError::Malformed(WHAT));
            }
            rdns.push(attributes);
        }
        let comparable = rdns.iter().map(|rdn| comparable(rdn)).collect();
        Ok(Self(Arc::new(Inner {
            der: element.raw().to_vec(),
            rdns,
            comparable,
        })))
    }

    /// Builds a name of single-valued RDNs in the order given. Country and serialNumber become
    /// PrintableString, domainComponent and emailAddress IA5String, the others UTF8String.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] for text that the string type cannot hold or that is empty.
    pub fn from_attributes(attributes: &[(Oid, &str)]) -> Result<Self, ParseError> {
        let mut rdns = Vec::with_capacity(attributes.len());
        for (oid, text) in attributes {
            let (tag, fits) = match *oid {
                oid::COUNTRY | oid::NAME_SERIAL_NUMBER => {
                    (tag::PRINTABLE_STRING, text.bytes().all(printable))
                }
                oid::DOMAIN_COMPONENT | oid::EMAIL_ADDRESS => (tag::IA5_STRING, text.is_ascii()),
                _ => (tag::UTF8_STRING, true),
            };
            if !fits || text.is_empty() {
                return Err(ParseError::Malformed(WHAT));
            }
            let value = write::element(tag, text.as_bytes());
            rdns.push(write::set_of(&[write::sequence(&[
                &write::oid(oid),
                &value,
            ])]));
        }
        Self::from_der(&write::element(tag::SEQUENCE, &rdns.concat()))
    }

    /// This name with one more RDN, given as the contents of its SET (nameRelativeToCRLIssuer, RFC 5280
    /// §4.2.1.13).
    pub(crate) fn with_relative(&self, rdn: &[u8]) -> Result<Self, ParseError> {
        let own = Element::parse(&self.0.der, WHAT)?.value();
        let rdn = write::element(tag::SET, rdn);
        Self::from_der(&write::element(tag::SEQUENCE, &[own, &rdn].concat()))
    }

    /// The DER, as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whether there are no attributes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.rdns.is_empty()
    }

    /// All attributes in the encoding's order.
    pub fn attributes(&self) -> impl Iterator<Item = &NameAttribute> {
        self.0.rdns.iter().flatten()
    }

    /// The text of the first attribute of this type, where it is text.
    #[must_use]
    pub fn attribute(&self, oid: &Oid) -> Option<&str> {
        self.attributes()
            .find(|attribute| attribute.oid == *oid)
            .and_then(NameAttribute::text)
    }

    /// The texts of all attributes of this type, in order.
    pub fn attribute_values<'a>(&'a self, oid: &'a Oid) -> impl Iterator<Item = &'a str> {
        self.attributes()
            .filter(move |attribute| attribute.oid == *oid)
            .filter_map(NameAttribute::text)
    }

    /// The name as RFC 4514 writes it: most specific first, `CN=…,O=…,C=…`; types without a name in its
    /// table as `dotted=#hex`.
    #[must_use]
    pub fn rfc4514(&self) -> String {
        let mut out = String::new();
        for (index, rdn) in self.0.rdns.iter().rev().enumerate() {
            if index > 0 {
                out.push(',');
            }
            for (index, attribute) in rdn.iter().enumerate() {
                if index > 0 {
                    out.push('+');
                }
                write_attribute(&mut out, attribute);
            }
        }
        out
    }

    /// Whether this name stands at or below `base` in the tree of names (RFC 5280 §4.2.1.10,
    /// directoryName).
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        self.0.comparable.starts_with(&base.0.comparable)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der || self.0.comparable == other.0.comparable
    }
}

impl Eq for Name {}

impl core::hash::Hash for Name {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.comparable.hash(state);
    }
}

impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.rfc4514())
    }
}

impl core::fmt::Debug for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Name({})", self.rfc4514())
    }
}

/// A form of an RDN that is equal exactly where the RDNs are: attributes in order, each as type, kind
/// (text or not) and folded text or raw DER.
fn comparable(rdn: &[NameAttribute]) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = rdn
        .iter()
        .map(|attribute| match &attribute.text {
            Some(text) => {
                let prepared = prepared(text);
                write::sequence(&[&write::oid(&attribute.oid), &write::utf8_string(&prepared)])
            }
            None => write::sequence(&[
                &write::oid(&attribute.oid),
                &write::octet_string(&attribute.der),
            ]),
        })
        .collect();
    parts.sort_unstable();
    parts.concat()
}

/// The text as RFC 4518 §2 prepares it for comparison: white space mapped to single spaces and cut at the
/// ends, what has no appearance dropped, case folded, NFKC. Nothing is prohibited: text that no preparation
/// allows equals at most itself.
fn prepared(text: &str) -> String {
    let folded: String = if text.is_ascii() {
        let seen = |c: char| {
            if c.is_ascii_whitespace() || c == '\u{b}' {
                ' '
            } else {
                c
            }
        };
        text.chars()
            .map(seen)
            .filter(|c| !c.is_ascii_control())
            .map(|c| c.to_ascii_lowercase())
            .collect()
    } else {
        let visible = text
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| !c.is_control() && !invisible(*c));
        // Folding before and after: a compatible form may have a capital behind it.
        fold(visible).as_str().nfkc().flat_map(fold_one).collect()
    };
    folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn fold(characters: impl Iterator<Item = char>) -> String {
    characters.flat_map(fold_one).collect()
}

/// RFC 3454 B.2 where it differs from the plain lower case: ß is ss, a final sigma a sigma.
fn fold_one(character: char) -> impl Iterator<Item = char> {
    let lower = character.to_lowercase().flat_map(|c| match c {
        'ß' => ['s', 's'],
        'ς' => ['σ', '\0'],
        other => [other, '\0'],
    });
    lower.filter(|c| *c != '\0')
}

/// What RFC 4518 §2.2 maps to nothing, control characters aside.
fn invisible(character: char) -> bool {
    matches!(
        u32::from(character),
        0x00ad | 0x034f | 0x06dd | 0x070f | 0x180b..=0x180e | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x2064 | 0x206a..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xfff9..=0xfffc
            | 0x1d173..=0x1d17a | 0xe0001 | 0xe0020..=0xe007f
    )
}

fn printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet)
}

fn write_attribute(out: &mut String, attribute: &NameAttribute) {
    let short = match attribute.oid {
        oid::COMMON_NAME => "CN",
        oid::LOCALITY => "L",
        oid::STATE => "ST",
        oid::ORGANIZATION => "O",
        oid::ORGANIZATIONAL_UNIT => "OU",
        oid::COUNTRY => "C",
        oid::STREET => "STREET",
        oid::DOMAIN_COMPONENT => "DC",
        oid::USER_ID => "UID",
        _ => "",
    };
    match &attribute.text {
        Some(text) if !short.is_empty() => {
            out.push_str(short);
            out.push('=');
            escape(out, text);
        }
        _ => {
            // RFC 4514 §2.4: a type written as an OID has its value as '#' and the hex of its BER.
            if short.is_empty() {
                let _ = write!(out, "{}=#", attribute.oid);
            } else {
                let _ = write!(out, "{short}=#");
            }
            out.push_str(&hex::encode(&attribute.der));
        }
    }
}

fn escape(out: &mut String, text: &str) {
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        match character {
            '\0' => {
                out.push_str("\\00");
                continue;
            }
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.push('\\'),
            ' ' if index == 0 || index == last => out.push('\\'),
            '#' if index == 0 => out.push('\\'),
            _ => {}
        }
        out.push(character);
    }
}
