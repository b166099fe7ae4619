//! Reading DER without losing a byte of it, and writing it.
//!
//! The strict decoding of tags, lengths and primitive types is the `der` crate's. What is added here is
//! that every element keeps its raw bytes: signatures are verified over what came, and real seals and
//! certificates encode defaults explicitly, so a decoded and re-encoded structure is another message.
//! Tags with numbers above 30 stand in nothing that is read here and are refused.

pub mod write;

use der::asn1::{BitStringRef, OctetStringRef};
use der::{Decode, Header, Reader as _, SliceReader};

use crate::{Oid, ParseError};

/// Identifier octets (X.690 §8.1.2) as they stand in the encoding.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// NumericString.
    pub const NUMERIC_STRING: u8 = 0x12;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TeletexString.
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5String.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// VisibleString.
    pub const VISIBLE_STRING: u8 = 0x1a;
    /// BMPString.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE, constructed.
    pub const SEQUENCE: u8 = 0x30;
    /// SET, constructed.
    pub const SET: u8 = 0x31;

    /// `[number]`, primitive: IMPLICIT over a primitive type.
    #[must_use]
    pub const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]`, constructed: EXPLICIT, or IMPLICIT over SEQUENCE or SET.
    #[must_use]
    pub const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One DER element: its identifier octet, its contents, and all of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    raw: &'a [u8],
    value: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads bytes that are exactly one element.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] or [`ParseError::TrailingBytes`], naming `what`.
    pub fn parse(bytes: &'a [u8], what: &'static str) -> Result<Self, ParseError> {
        let mut elements = Elements::new(bytes, what)?;
        let element = elements.required()?;
        elements
            .finish()
            .map_err(|_| ParseError::TrailingBytes(what))?;
        Ok(element)
    }

    /// Reads one element at the start of `bytes`, and the bytes that follow it (the zeros that pad a
    /// PDF's /Contents, for instance).
    ///
    /// # Errors
    /// [`ParseError::Malformed`], naming `what`.
    pub fn parse_prefix(
        bytes: &'a [u8],
        what: &'static str,
    ) -> Result<(Self, &'a [u8]), ParseError> {
        let element = Elements::new(bytes, what)?.required()?;
        Ok((element, &bytes[element.raw.len()..]))
    }

    /// The identifier octet.
    #[must_use]
    pub fn tag(&self) -> u8 {
        self.raw.first().copied().unwrap_or_default()
    }

    /// The contents octets.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Identifier, length and contents octets, as they came.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The elements inside a constructed element with this identifier octet.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where the identifier differs.
    pub fn inside(&self, tag: u8, what: &'static str) -> Result<Elements<'a>, ParseError> {
        if self.tag() != tag {
            return Err(ParseError::Malformed(what));
        }
        Elements::new(self.value, what)
    }

    /// The fields of a SEQUENCE.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where it is none.
    pub fn sequence(&self, what: &'static str) -> Result<Elements<'a>, ParseError> {
        self.inside(tag::SEQUENCE, what)
    }

    /// The one element inside an EXPLICIT tag.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where the tag differs or more than one stands inside.
    pub fn explicit(&self, number: u8, what: &'static str) -> Result<Self, ParseError> {
        let mut inside = self.inside(tag::context_constructed(number), what)?;
        let element = inside.required()?;
        inside.finish()?;
        Ok(element)
    }

    /// The value of an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// [`ParseError::Malformed`]; arcs above 32 bits are not read.
    pub fn oid(&self) -> Result<Oid, ParseError> {
        Oid::from_der(self.raw).map_err(|_| ParseError::Malformed("object identifier"))
    }

    /// The contents of an OCTET STRING.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where it is none.
    pub fn octet_string(&self, what: &'static str) -> Result<&'a [u8], ParseError> {
        <&OctetStringRef>::from_der(self.raw)
            .map(|octets| octets.as_bytes())
            .map_err(|_| ParseError::Malformed(what))
    }

    /// The contents of a BIT STRING that is whole octets.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where it is none or has unused bits.
    pub fn bit_string_octets(&self, what: &'static str) -> Result<&'a [u8], ParseError> {
        BitStringRef::from_der(self.raw)
            .ok()
            .and_then(|bits| bits.as_bytes())
            .ok_or(ParseError::Malformed(what))
    }

    /// The contents octets of a BIT STRING of named bits, at most `limit` octets; unused bits are zero.
    ///
    /// # Errors
    /// [`ParseError::Malformed`].
    pub fn named_bits(&self, limit: usize, what: &'static str) -> Result<&'a [u8], ParseError> {
        let bits = BitStringRef::from_der(self.raw).map_err(|_| ParseError::Malformed(what))?;
        let octets = bits.raw_bytes();
        let unused = (1u8 << bits.unused_bits()) - 1;
        if octets.len() > limit || octets.last().is_some_and(|last| last & unused != 0) {
            return Err(ParseError::Malformed(what));
        }
        Ok(octets)
    }

    /// A BOOLEAN, in DER's two forms only.
    ///
    /// # Errors
    /// [`ParseError::Malformed`].
    pub fn boolean(&self, what: &'static str) -> Result<bool, ParseError> {
        bool::from_der(self.raw).map_err(|_| ParseError::Malformed(what))
    }

    /// A small non-negative INTEGER.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where it is negative, not minimal or above 32 bits.
    pub fn small_integer(&self, what: &'static str) -> Result<u32, ParseError> {
        u32::from_der(self.raw).map_err(|_| ParseError::Malformed(what))
    }

    /// The magnitude of a non-negative INTEGER, without a leading zero octet (zero is one zero octet).
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where it is negative or not minimal.
    pub fn unsigned_integer(&self, what: &'static str) -> Result<&'a [u8], ParseError> {
        if self.tag() != tag::INTEGER {
            return Err(ParseError::Malformed(what));
        }
        match self.value {
            [] => Err(ParseError::Malformed(what)),
            [first, ..] if first & 0x80 != 0 => Err(ParseError::Malformed(what)),
            [0, second, ..] if second & 0x80 == 0 => Err(ParseError::Malformed(what)),
            [0, rest @ ..] if !rest.is_empty() => Ok(rest),
            all => Ok(all),
        }
    }

    /// The text of a string type that X.509 uses, else `None`. TeletexString is read as UTF-8 where it
    /// is that, else as ISO 8859-1, as CAs have written it.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.tag() {
            tag::UTF8_STRING
            | tag::PRINTABLE_STRING
            | tag::IA5_STRING
            | tag::NUMERIC_STRING
            | tag::VISIBLE_STRING => String::from_utf8(self.value.to_vec()).ok(),
            tag::TELETEX_STRING => Some(
                String::from_utf8(self.value.to_vec())
                    .unwrap_or_else(|_| self.value.iter().copied().map(char::from).collect()),
            ),
            tag::BMP_STRING if self.value.len().is_multiple_of(2) => {
                let units: Vec<u16> = self
                    .value
                    .chunks_exact(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                    .collect();
                String::from_utf16(&units).ok()
            }
            _ => None,
        }
    }
}

/// A cursor over elements that follow each other.
#[derive(Clone)]
pub struct Elements<'a> {
    reader: SliceReader<'a>,
    what: &'static str,
}

impl<'a> Elements<'a> {
    /// A cursor at the start of `bytes`; errors name `what`.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where the input is longer than DER lengths reach.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Result<Self, ParseError> {
        let reader = SliceReader::new(bytes).map_err(|_| ParseError::Malformed(what))?;
        Ok(Self { reader, what })
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where what follows is no strict DER element.
    #[allow(clippy::should_implement_trait)] // Every call can fail; an iterator of results invites skipping errors.
    pub fn next(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        if self.reader.is_finished() {
            return Ok(None);
        }
        let bad = |_| ParseError::Malformed(self.what);
        let header = Header::peek(&self.reader).map_err(bad)?;
        let raw = self.reader.tlv_bytes().map_err(bad)?;
        if raw.first().is_some_and(|octet| octet & 0x1f == 0x1f) {
            return Err(ParseError::Malformed(self.what));
        }
        let length = usize::try_from(header.length()).map_err(bad)?;
        let start = raw
            .len()
            .checked_sub(length)
            .ok_or(ParseError::Malformed(self.what))?;
        Ok(Some(Element {
            raw,
            value: &raw[start..],
        }))
    }

    /// The next element; its absence is an error.
    ///
    /// # Errors
    /// [`ParseError::Malformed`].
    pub fn required(&mut self) -> Result<Element<'a>, ParseError> {
        self.next()?.ok_or(ParseError::Malformed(self.what))
    }

    /// The next element where it has this identifier octet; otherwise the cursor stays.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where what follows is no strict DER element.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, ParseError> {
        if self.reader.peek_byte() == Some(tag) {
            self.next()
        } else {
            Ok(None)
        }
    }

    /// The next element, which has to be an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// [`ParseError::Malformed`].
    pub fn oid(&mut self) -> Result<Oid, ParseError> {
        self.required()?.oid()
    }

    /// Asserts the end.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] where bytes remain.
    pub fn finish(self) -> Result<(), ParseError> {
        if self.reader.is_finished() {
            Ok(())
        } else {
            Err(ParseError::Malformed(self.what))
        }
    }
}
