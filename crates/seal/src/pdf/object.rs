//! PDF objects (ISO 32000-2 §7.3) as the strict reader yields them.
//!
//! Equality is by value: two strings written in different notations are equal, since a reader
//! shows the same; where a string stood in the file is kept beside it, for `/Contents`.

use std::collections::BTreeMap;
use std::ops::Range;

/// Any direct object.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// `null`, and every reference to an object that is not there.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with a decimal point.
    Real(f64),
    /// A literal or hexadecimal string.
    String(PdfString),
    /// A name, `#xx` resolved.
    Name(Vec<u8>),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary; of a stream, its dictionary.
    Dictionary(Dictionary),
    /// `N G R`.
    Reference(Reference),
}

/// The name of an indirect object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Object number.
    pub number: u32,
    /// Generation.
    pub generation: u16,
}

/// A string and where its token stands, delimiters included.
#[derive(Debug, Clone)]
pub struct PdfString {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// Offsets of the token in the file; meaningless inside an object stream.
    pub span: Range<u64>,
    /// Written as `<…>`.
    pub hexadecimal: bool,
}

impl PartialEq for PdfString {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl From<&[u8]> for PdfString {
    fn from(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            span: 0..0,
            hexadecimal: false,
        }
    }
}

/// A dictionary without duplicate keys: the reader refuses those.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dictionary(pub BTreeMap<Vec<u8>, Object>);

impl Dictionary {
    /// The value of `key`; `None` where absent or `null`, which the standard calls the same.
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.0
            .get(key.as_bytes())
            .filter(|value| **value != Object::Null)
    }

    /// Sets `key`.
    pub fn set(&mut self, key: &str, value: Object) {
        self.0.insert(key.as_bytes().to_vec(), value);
    }

    /// Whether `key` is the name `name`.
    pub fn is(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(Object::as_name) == Some(name.as_bytes())
    }

    /// Keys whose values differ between the two, in order.
    pub fn differing_keys(&self, other: &Self) -> Vec<Vec<u8>> {
        let absent = Object::Null;
        let mut keys: Vec<&Vec<u8>> = self.0.keys().chain(other.0.keys()).collect();
        keys.sort();
        keys.dedup();
        keys.into_iter()
            .filter(|key| {
                self.0.get(*key).unwrap_or(&absent) != other.0.get(*key).unwrap_or(&absent)
            })
            .cloned()
            .collect()
    }
}

impl Object {
    /// A name object.
    pub fn name(name: &str) -> Self {
        Self::Name(name.as_bytes().to_vec())
    }

    /// The name's bytes.
    pub fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// An integer or a real.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    /// The dictionary.
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The array's elements.
    pub fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The string.
    pub fn as_string(&self) -> Option<&PdfString> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    /// The reference.
    pub fn as_reference(&self) -> Option<Reference> {
        match self {
            Self::Reference(reference) => Some(*reference),
            _ => None,
        }
    }

    /// Every reference in this object, at any depth.
    pub fn references(&self, found: &mut Vec<Reference>) {
        match self {
            Self::Reference(reference) => found.push(*reference),
            Self::Array(elements) => elements
                .iter()
                .for_each(|element| element.references(found)),
            Self::Dictionary(dictionary) => dictionary
                .0
                .values()
                .for_each(|value| value.references(found)),
            _ => {}
        }
    }

    /// Writes the object in PDF syntax.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            // `{}` prints the shortest decimal that reads back as the same value, never an exponent.
            Self::Real(value) => {
                let text = format!("{value}");
                out.extend_from_slice(text.as_bytes());
                if !text.contains('.') {
                    out.extend_from_slice(b".0");
                }
            }
            Self::String(string) => write_string(&string.bytes, out),
            Self::Name(name) => write_name(name, out),
            Self::Array(elements) => {
                out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    element.write(out);
                }
                out.push(b']');
            }
            Self::Dictionary(dictionary) => {
                out.extend_from_slice(b"<<");
                for (key, value) in &dictionary.0 {
                    write_name(key, out);
                    out.push(b' ');
                    value.write(out);
                    out.push(b'\n');
                }
                out.extend_from_slice(b">>");
            }
            Self::Reference(reference) => {
                out.extend_from_slice(
                    format!("{} {} R", reference.number, reference.generation).as_bytes(),
                );
            }
        }
    }
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    let plain = bytes
        .iter()
        .all(|byte| (0x20..0x7f).contains(byte) && !b"()\\".contains(byte));
    if plain {
        out.push(b'(');
        out.extend_from_slice(bytes);
        out.push(b')');
    } else {
        out.push(b'<');
        for byte in bytes {
            out.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
        out.push(b'>');
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if (0x21..0x7f).contains(byte) && !b"()<>[]{}/%#".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}
