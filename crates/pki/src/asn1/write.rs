//! Writing DER: small functions from parts to bytes.

use super::tag;
use crate::Oid;

/// An element with this identifier octet around `contents`.
#[must_use]
pub fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(contents.len() + 6);
    out.push(tag);
    let length = contents.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let octets = length.to_be_bytes();
        let start = octets.iter().take_while(|octet| **octet == 0).count();
        out.push(0x80 | (octets.len() - start) as u8);
        out.extend_from_slice(&octets[start..]);
    }
    out.extend_from_slice(contents);
    out
}

/// A constructed element around parts that are DER already.
#[must_use]
pub fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A SEQUENCE of parts that are DER already.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SEQUENCE, parts)
}

/// The contents of a SET OF: the parts in the order that DER demands (X.690 §11.6).
#[must_use]
pub fn set_of_contents(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    sorted.concat()
}

/// A SET OF parts that are DER already; they are put in order.
#[must_use]
pub fn set_of(parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag::SET, &set_of_contents(parts))
}

/// `[number] EXPLICIT`.
#[must_use]
pub fn explicit(number: u8, inside: &[u8]) -> Vec<u8> {
    element(tag::context_constructed(number), inside)
}

/// An OBJECT IDENTIFIER.
#[must_use]
pub fn oid(oid: &Oid) -> Vec<u8> {
    element(tag::OID, oid.as_bytes())
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    vec![tag::NULL, 0]
}

/// BOOLEAN TRUE or FALSE.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    element(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// A non-negative INTEGER from big-endian octets of any length.
#[must_use]
pub fn unsigned_integer(magnitude: &[u8]) -> Vec<u8> {
    let start = magnitude.iter().take_while(|octet| **octet == 0).count();
    let significant = &magnitude[start..];
    match significant.first() {
        None => element(tag::INTEGER, &[0]),
        Some(first) if first & 0x80 != 0 => element(tag::INTEGER, &[&[0], significant].concat()),
        Some(_) => element(tag::INTEGER, significant),
    }
}

/// A small INTEGER.
#[must_use]
pub fn integer(value: u64) -> Vec<u8> {
    unsigned_integer(&value.to_be_bytes())
}

/// An OCTET STRING.
#[must_use]
pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    element(tag::OCTET_STRING, octets)
}

/// A BIT STRING of whole octets.
#[must_use]
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    element(tag::BIT_STRING, &[&[0], octets].concat())
}

/// A BIT STRING of named bits, bit 0 first, without trailing zero bits (X.690 §11.2.2).
#[must_use]
pub fn named_bits(bits: &[bool]) -> Vec<u8> {
    let Some(last) = bits.iter().rposition(|bit| *bit) else {
        return element(tag::BIT_STRING, &[0]);
    };
    let mut contents = vec![0u8; 2 + last / 8];
    contents[0] = 7 - (last % 8) as u8;
    for (number, _) in bits.iter().enumerate().filter(|(_, bit)| **bit) {
        contents[1 + number / 8] |= 0x80 >> (number % 8);
    }
    element(tag::BIT_STRING, &contents)
}

/// A UTF8String.
#[must_use]
pub fn utf8_string(text: &str) -> Vec<u8> {
    element(tag::UTF8_STRING, text.as_bytes())
}
