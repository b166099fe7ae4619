//! Distinguished names: reading, comparing (RFC 5280 §7.1), writing as text (RFC 4514).

use std::fmt::Write as _;
use std::sync::Arc;

use crate::asn1::{Element, tag, write};
use crate::{Oid, ParseError, oid};

const WHAT: &str = "distinguished name";
const MAX_ATTRIBUTES: usize = 128;

/// A distinguished name. Equality is that of RFC 5280 §7.1: case of ASCII letters, runs of spaces and
/// the choice of string type do not matter. Cheap to clone.
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
                let folded = text
                    .split(' ')
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ")
                    .to_ascii_lowercase();
                write::sequence(&[&write::oid(&attribute.oid), &write::utf8_string(&folded)])
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
