//! The strict reader of PDF syntax (ISO 32000-2 §7.2, §7.3): what is not written as the standard
//! says is an error with its offset, never a guess, because two guesses may differ.

use std::collections::BTreeMap;

use super::object::{Dictionary, Object, PdfString, Reference};

/// Nesting of arrays and dictionaries.
const MAX_DEPTH: usize = 64;
/// Elements in one indirect object.
const MAX_ELEMENTS: usize = 1_000_000;
/// Bytes of one string; `/Contents` of a large CMS has a few hundred thousand.
const MAX_STRING: usize = 4 << 20;
/// Bytes of one name (the standard's own limit is 127).
const MAX_NAME: usize = 1024;

/// A place in the file where the syntax ends to hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct SyntaxError {
    /// Offset in the file, or in the object stream that was read.
    pub offset: u64,
    /// What was expected or found.
    pub what: &'static str,
}

/// A reader over one contiguous piece of a file.
#[derive(Debug, Clone)]
pub struct Parser<'a> {
    data: &'a [u8],
    position: usize,
    base: u64,
    elements: usize,
}

/// What stands before a stream's bytes, or the whole object where there is no stream.
#[derive(Debug)]
pub struct Indirect {
    /// The object's name as written.
    pub reference: Reference,
    /// Its value.
    pub object: Object,
    /// Where the stream's bytes begin, if it is a stream.
    pub stream_start: Option<u64>,
}

pub(crate) fn is_whitespace(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    b"()<>[]{}/%".contains(&byte)
}

fn is_regular(byte: u8) -> bool {
    !is_whitespace(byte) && !is_delimiter(byte)
}

impl<'a> Parser<'a> {
    /// Reads `data`, whose first byte stands at offset `base` of the file.
    pub fn new(data: &'a [u8], base: u64) -> Self {
        Self {
            data,
            position: 0,
            base,
            elements: 0,
        }
    }

    /// The offset in the file of the next byte.
    pub fn offset(&self) -> u64 {
        self.base + self.position as u64
    }

    /// An error at the next byte.
    pub fn error(&self, what: &'static str) -> SyntaxError {
        SyntaxError {
            offset: self.offset(),
            what,
        }
    }

    /// The bytes that were not read yet.
    pub fn rest(&self) -> &'a [u8] {
        &self.data[self.position.min(self.data.len())..]
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.position).copied()
    }

    /// Passes `count` bytes.
    pub fn advance(&mut self, count: usize) {
        self.position += count;
    }

    /// Passes white space only.
    pub fn skip_whitespace(&mut self) {
        while self.peek().is_some_and(is_whitespace) {
            self.position += 1;
        }
    }

    /// Passes white space and comments; comments count as white space between tokens.
    pub fn skip_blank(&mut self) {
        loop {
            self.skip_whitespace();
            if self.peek() != Some(b'%') {
                return;
            }
            while self
                .peek()
                .is_some_and(|byte| byte != b'\n' && byte != b'\r')
            {
                self.position += 1;
            }
        }
    }

    /// Passes `word` if it stands here as a whole token.
    pub fn keyword(&mut self, word: &str) -> bool {
        let rest = self.rest();
        if !rest.starts_with(word.as_bytes())
            || rest.get(word.len()).copied().is_some_and(is_regular)
        {
            return false;
        }
        self.position += word.len();
        true
    }

    /// Reads an unsigned decimal number without sign.
    pub fn unsigned(&mut self) -> Result<u64, SyntaxError> {
        let digits = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || digits > 19 {
            return Err(self.error("a number was expected"));
        }
        let text = std::str::from_utf8(&self.rest()[..digits]).unwrap_or_default();
        let value = text
            .parse()
            .map_err(|_| self.error("the number is too large"))?;
        self.position += digits;
        Ok(value)
    }

    /// Reads `N G obj`, an object and `endobj` or `stream`.
    pub fn indirect(&mut self) -> Result<Indirect, SyntaxError> {
        let reference = self.indirect_header()?;
        self.skip_blank();
        let object = self.object()?;
        self.skip_blank();
        if self.keyword("endobj") {
            return Ok(Indirect {
                reference,
                object,
                stream_start: None,
            });
        }
        if !matches!(object, Object::Dictionary(_)) || !self.keyword("stream") {
            return Err(self.error("endobj was expected"));
        }
        if self.rest().starts_with(b"\r\n") {
            self.position += 2;
        } else if self.rest().starts_with(b"\n") {
            self.position += 1;
        } else {
            return Err(self.error("a line feed was expected after stream"));
        }
        Ok(Indirect {
            reference,
            object,
            stream_start: Some(self.offset()),
        })
    }

    /// Reads `N G obj`.
    pub fn indirect_header(&mut self) -> Result<Reference, SyntaxError> {
        let number = self.unsigned()?;
        self.skip_whitespace();
        let generation = self.unsigned()?;
        self.skip_whitespace();
        if !self.keyword("obj") {
            return Err(self.error("obj was expected"));
        }
        match (u32::try_from(number), u16::try_from(generation)) {
            (Ok(number), Ok(generation)) if number > 0 => Ok(Reference { number, generation }),
            _ => Err(self.error("the object number is out of range")),
        }
    }

    /// Reads what follows a stream's bytes: an optional end of line, `endstream`, `endobj`.
    pub fn stream_end(&mut self) -> Result<(), SyntaxError> {
        if self.rest().starts_with(b"\r\n") {
            self.position += 2;
        } else if self
            .rest()
            .first()
            .is_some_and(|byte| *byte == b'\n' || *byte == b'\r')
        {
            self.position += 1;
        }
        if !self.keyword("endstream") {
            return Err(self.error("endstream was expected where /Length ends"));
        }
        self.skip_blank();
        if !self.keyword("endobj") {
            return Err(self.error("endobj was expected"));
        }
        Ok(())
    }

    /// Reads one object.
    pub fn object(&mut self) -> Result<Object, SyntaxError> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Object, SyntaxError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(self.error("the object has too many elements"));
        }
        match self.peek() {
            None => Err(self.error("the file ends inside an object")),
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.literal_string(),
            Some(b'<') if self.rest().starts_with(b"<<") => {
                self.dictionary(depth).map(Object::Dictionary)
            }
            Some(b'<') => self.hexadecimal_string(),
            Some(b'[') => self.array(depth),
            Some(byte) if byte.is_ascii_digit() || b"+-.".contains(&byte) => self.number(),
            Some(_) if self.keyword("true") => Ok(Object::Boolean(true)),
            Some(_) if self.keyword("false") => Ok(Object::Boolean(false)),
            Some(_) if self.keyword("null") => Ok(Object::Null),
            Some(_) => Err(self.error("no object starts so")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Object, SyntaxError> {
        self.position += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_blank();
            if self.peek() == Some(b']') {
                self.position += 1;
                return Ok(Object::Array(elements));
            }
            elements.push(self.nested(depth + 1)?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, SyntaxError> {
        self.position += 2;
        let mut entries = BTreeMap::new();
        loop {
            self.skip_blank();
            if self.rest().starts_with(b">>") {
                self.position += 2;
                return Ok(Dictionary(entries));
            }
            if self.peek() != Some(b'/') {
                return Err(self.error("a key was expected in the dictionary"));
            }
            let key = self.name()?;
            self.skip_blank();
            let value = self.nested(depth + 1)?;
            if entries.insert(key, value).is_some() {
                return Err(self.error("the dictionary has a key twice"));
            }
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, SyntaxError> {
        self.position += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.position += 1;
            if byte == b'#' {
                let digits = self
                    .data
                    .get(self.position..self.position + 2)
                    .and_then(hex_pair);
                name.push(digits.ok_or_else(|| self.error("# in a name without two digits"))?);
                self.position += 2;
            } else {
                name.push(byte);
            }
            if name.len() > MAX_NAME {
                return Err(self.error("the name is too long"));
            }
        }
        Ok(name)
    }

    /// A number, or a reference where two integers and `R` follow each other.
    fn number(&mut self) -> Result<Object, SyntaxError> {
        let length = self
            .rest()
            .iter()
            .take_while(|byte| is_regular(**byte))
            .count();
        let token = &self.rest()[..length];
        let (sign, digits) = match token.first() {
            Some(b'+' | b'-') => token.split_at(1),
            _ => (&token[..0], token),
        };
        let points = digits.iter().filter(|byte| **byte == b'.').count();
        let decimals = digits.iter().filter(|byte| byte.is_ascii_digit()).count();
        if decimals == 0 || points > 1 || points + decimals != digits.len() || length > 64 {
            return Err(self.error("malformed number"));
        }
        let text = std::str::from_utf8(token).unwrap_or_default();
        if points == 1 {
            let value = text.parse().map_err(|_| self.error("malformed number"))?;
            self.position += length;
            return Ok(Object::Real(value));
        }
        let value: i64 = text
            .parse()
            .map_err(|_| self.error("the number is too large"))?;
        if sign.is_empty()
            && let Some((reference, end)) = self.reference_after(value, length)
        {
            self.position = end;
            return Ok(Object::Reference(reference));
        }
        self.position += length;
        Ok(Object::Integer(value))
    }

    fn reference_after(&self, number: i64, length: usize) -> Option<(Reference, usize)> {
        let number = u32::try_from(number).ok().filter(|number| *number > 0)?;
        let mut ahead = self.clone();
        ahead.position += length;
        ahead.skip_whitespace();
        let generation = u16::try_from(ahead.unsigned().ok()?).ok()?;
        if !ahead.peek().is_some_and(is_whitespace) {
            return None;
        }
        ahead.skip_whitespace();
        ahead
            .keyword("R")
            .then_some((Reference { number, generation }, ahead.position))
    }

    fn hexadecimal_string(&mut self) -> Result<Object, SyntaxError> {
        let start = self.offset();
        self.position += 1;
        let mut bytes = Vec::new();
        let mut high: Option<u8> = None;
        loop {
            let byte = self
                .peek()
                .ok_or_else(|| self.error("the file ends inside a string"))?;
            self.position += 1;
            match byte {
                b'>' => break,
                _ if is_whitespace(byte) => {}
                _ => {
                    let digit =
                        hex_digit(byte).ok_or_else(|| self.error("not a hexadecimal digit"))?;
                    match high.take() {
                        None => high = Some(digit << 4),
                        Some(high) => bytes.push(high | digit),
                    }
                }
            }
            if bytes.len() > MAX_STRING {
                return Err(self.error("the string is too long"));
            }
        }
        bytes.extend(high);
        Ok(Object::String(PdfString {
            bytes,
            span: start..self.offset(),
            hexadecimal: true,
        }))
    }

    fn literal_string(&mut self) -> Result<Object, SyntaxError> {
        let start = self.offset();
        self.position += 1;
        let mut bytes = Vec::new();
        let mut open = 1usize;
        loop {
            let byte = self
                .peek()
                .ok_or_else(|| self.error("the file ends inside a string"))?;
            self.position += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut bytes)?;
                    continue;
                }
                // Any end of line in a literal string reads as a line feed (§7.3.4.2).
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.position += 1;
                    }
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
            if bytes.len() > MAX_STRING {
                return Err(self.error("the string is too long"));
            }
        }
        Ok(Object::String(PdfString {
            bytes,
            span: start..self.offset(),
            hexadecimal: false,
        }))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let byte = self
            .peek()
            .ok_or_else(|| self.error("the file ends inside a string"))?;
        self.position += 1;
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\n' => {}
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.position += 1;
                }
            }
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'7') => {
                            value = value * 8 + u32::from(digit - b'0');
                            self.position += 1;
                        }
                        _ => break,
                    }
                }
                // High-order overflow is ignored (§7.3.4.2).
                bytes.push((value & 0xff) as u8);
            }
            other => bytes.push(other),
        }
        Ok(())
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    Some(hex_digit(*pair.first()?)? << 4 | hex_digit(*pair.get(1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Object, SyntaxError> {
        Parser::new(text.as_bytes(), 0).object()
    }

    #[test]
    fn objects_are_read_as_the_standard_writes_them() {
        let object =
            read("<</A 1/B[2 0 R -3.5 (a\\(b\\051\\\r\nc) <4142 4>]/C#20D null>>").unwrap();
        let dictionary = object.as_dictionary().unwrap();
        assert_eq!(dictionary.get("A"), Some(&Object::Integer(1)));
        let array = dictionary.get("B").unwrap().as_array().unwrap();
        assert_eq!(
            array[0].as_reference(),
            Some(Reference {
                number: 2,
                generation: 0
            })
        );
        assert_eq!(array[1], Object::Real(-3.5));
        assert_eq!(array[2].as_string().unwrap().bytes, b"a(b)c");
        assert_eq!(array[3].as_string().unwrap().bytes, b"AB@");
        assert_eq!(dictionary.get("C D"), None);
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for text in [
            "<</A 1/A 2>>",
            "--1",
            "1e5",
            "[1",
            "(a",
            "<4G>",
            "<</A>>",
            "tru",
            "/A#0",
            "{",
        ] {
            let result = read(text);
            assert!(
                result.is_err() || text == "tru" && result.is_err(),
                "{text}: {result:?}"
            );
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        assert!(read(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let object =
            read("<</A(\\000\\377)/B 1.25/C[true false null/x#2f]/D -7/E 5 0 R>>").unwrap();
        let mut out = Vec::new();
        object.write(&mut out);
        assert_eq!(Parser::new(&out, 0).object().unwrap(), object);
    }
}
