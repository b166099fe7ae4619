//! Cross-reference sections (ISO 32000-2 §7.5.4 tables, §7.5.8 streams) with their trailers, and
//! the `startxref` … `%%EOF` that ends them. No repair: a section is as the standard says or an error.

use std::collections::BTreeMap;

use super::filter::{self, FilterError};
use super::object::{Dictionary, Object, Reference};
use super::source::Source;
use super::syntax::{Parser, SyntaxError, is_whitespace};

/// Object numbers a file may use (ISO 32000-1 Annex C).
pub const MAX_OBJECT_NUMBER: u32 = 8_388_607;
/// Unpacked bytes of one cross-reference stream.
const MAX_XREF_STREAM: usize = 160 << 20;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Not in use.
    Free,
    /// At an offset of the file.
    Offset {
        /// Bytes from the start of the file.
        offset: u64,
        /// Generation.
        generation: u16,
    },
    /// In an object stream.
    Compressed {
        /// Object number of the stream.
        stream: u32,
        /// Position in it.
        index: u32,
    },
}

/// How a section is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    /// `xref` … `trailer`.
    Table,
    /// A stream of type XRef.
    Stream(Reference),
}

/// One cross-reference section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Where it begins.
    pub offset: u64,
    /// Where its trailer dictionary or its stream object ends.
    pub end: u64,
    /// How it is written.
    pub kind: SectionKind,
    /// What it says about objects.
    pub entries: BTreeMap<u32, Entry>,
    /// The trailer dictionary, or the stream's.
    pub trailer: Dictionary,
}

/// `startxref`, a number and `%%EOF`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndMark {
    /// The number.
    pub startxref: u64,
    /// The offset after `%%EOF`.
    pub end: u64,
}

/// Why a section cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XrefError {
    /// The bytes are not as the standard says.
    #[error("cross-reference: {0}")]
    Syntax(#[from] SyntaxError),
    /// The stream cannot be unpacked.
    #[error("cross-reference stream: {0}")]
    Filter(#[from] FilterError),
}

fn fault(offset: u64, what: &'static str) -> XrefError {
    XrefError::Syntax(SyntaxError { offset, what })
}

/// Reads the section at `offset`.
pub fn read_section(source: &Source<'_>, offset: u64) -> Result<Section, XrefError> {
    let mut parser = source.parser(offset)?;
    if parser.keyword("xref") {
        read_table(parser, offset)
    } else {
        read_stream(source, offset)
    }
}

fn read_table(mut parser: Parser<'_>, offset: u64) -> Result<Section, XrefError> {
    let mut entries = BTreeMap::new();
    let mut subsections = 0;
    parser.skip_whitespace();
    while !parser.keyword("trailer") {
        subsections += 1;
        let first = parser.unsigned()?;
        parser.skip_whitespace();
        let count = parser.unsigned()?;
        // The line ends after the count; the entries begin with the next line.
        while parser.rest().first().is_some_and(|byte| *byte == b' ') {
            parser.advance(1);
        }
        match parser.rest() {
            [b'\r', b'\n', ..] => parser.advance(2),
            [b'\r' | b'\n', ..] => parser.advance(1),
            _ => {
                return Err(parser
                    .error("a line end was expected after the subsection's count")
                    .into());
            }
        }
        if first.saturating_add(count) > u64::from(MAX_OBJECT_NUMBER) + 1 {
            return Err(parser
                .error("the subsection's object numbers are out of range")
                .into());
        }
        for number in first..first + count {
            let line = parser
                .rest()
                .get(..20)
                .ok_or_else(|| parser.error("the table ends early"))?;
            let entry =
                read_entry(line).ok_or_else(|| parser.error("malformed cross-reference entry"))?;
            if entries.insert(number as u32, entry).is_some() {
                return Err(parser.error("the section lists an object twice").into());
            }
            parser.advance(20);
        }
        parser.skip_whitespace();
    }
    parser.skip_blank();
    let Object::Dictionary(trailer) = parser.object()? else {
        return Err(parser.error("a trailer dictionary was expected").into());
    };
    // Word writes an empty table whose trailer points to the stream that counts (`/XRefStm`).
    if subsections == 0 || entries.is_empty() && trailer.get("XRefStm").is_none() {
        return Err(fault(offset, "the cross-reference table is empty"));
    }
    Ok(Section {
        offset,
        end: parser.offset(),
        kind: SectionKind::Table,
        entries,
        trailer,
    })
}

/// `nnnnnnnnnn ggggg n` and two bytes of line end.
fn read_entry(line: &[u8]) -> Option<Entry> {
    let digits = |bytes: &[u8]| {
        bytes.iter().try_fold(0u64, |value, byte| {
            byte.is_ascii_digit()
                .then(|| value * 10 + u64::from(byte - b'0'))
        })
    };
    let offset = digits(&line[..10])?;
    let generation = u16::try_from(digits(&line[11..16])?).ok()?;
    let ends = matches!(&line[18..20], b" \r" | b" \n" | b"\r\n");
    if line[10] != b' ' || line[16] != b' ' || !ends {
        return None;
    }
    match line[17] {
        b'n' => Some(Entry::Offset { offset, generation }),
        b'f' => Some(Entry::Free),
        _ => None,
    }
}

fn read_stream(source: &Source<'_>, offset: u64) -> Result<Section, XrefError> {
    let mut parser = source.parser(offset)?;
    let indirect = parser.indirect()?;
    let (Object::Dictionary(trailer), Some(start)) = (indirect.object, indirect.stream_start)
    else {
        return Err(fault(
            offset,
            "neither a table nor a stream is where startxref points",
        ));
    };
    if !trailer.is("Type", "XRef") {
        return Err(fault(offset, "the stream is not of type XRef"));
    }
    let length = trailer
        .get("Length")
        .and_then(Object::as_integer)
        .and_then(|length| u64::try_from(length).ok());
    let length =
        length.ok_or_else(|| fault(offset, "the stream's /Length is not a direct integer"))?;
    let raw = source
        .slice(start, start.saturating_add(length))
        .ok_or_else(|| fault(start, "the stream ends early"))?;
    let mut after = source.parser(start + length)?;
    after.stream_end()?;
    let entries = stream_entries(
        &trailer,
        &filter::decode(&trailer, raw, MAX_XREF_STREAM)?,
        offset,
    )?;
    Ok(Section {
        offset,
        end: after.offset(),
        kind: SectionKind::Stream(indirect.reference),
        entries,
        trailer,
    })
}

fn stream_entries(
    trailer: &Dictionary,
    data: &[u8],
    offset: u64,
) -> Result<BTreeMap<u32, Entry>, XrefError> {
    let integers = |key: &str| -> Option<Vec<u64>> {
        let array = trailer.get(key)?.as_array()?;
        array
            .iter()
            .map(|element| {
                element
                    .as_integer()
                    .and_then(|value| u64::try_from(value).ok())
            })
            .collect()
    };
    let size = trailer
        .get("Size")
        .and_then(Object::as_integer)
        .and_then(|size| u64::try_from(size).ok());
    let size = size.ok_or_else(|| fault(offset, "the stream has no /Size"))?;
    let widths =
        integers("W").filter(|widths| widths.len() == 3 && widths.iter().all(|width| *width <= 8));
    let widths = widths.ok_or_else(|| fault(offset, "the stream has no usable /W"))?;
    let index = match trailer.get("Index") {
        None => vec![0, size],
        Some(_) => integers("Index")
            .filter(|index| index.len() % 2 == 0)
            .ok_or_else(|| fault(offset, "malformed /Index"))?,
    };
    let width = widths.iter().sum::<u64>() as usize;
    let total = index
        .chunks_exact(2)
        .try_fold(0u64, |sum, pair| sum.checked_add(pair[1]));
    if width == 0
        || total.and_then(|total| total.checked_mul(width as u64)) != Some(data.len() as u64)
    {
        return Err(fault(
            offset,
            "the stream's data does not match /W and /Index",
        ));
    }
    let mut rows = data.chunks_exact(width);
    let mut entries = BTreeMap::new();
    for pair in index.chunks_exact(2) {
        if pair[0].saturating_add(pair[1]) > u64::from(MAX_OBJECT_NUMBER) + 1 {
            return Err(fault(
                offset,
                "the stream's object numbers are out of range",
            ));
        }
        for (number, row) in (pair[0]..pair[0] + pair[1]).zip(&mut rows) {
            let entry = stream_entry(row, &widths)
                .ok_or_else(|| fault(offset, "malformed cross-reference entry"))?;
            if entries.insert(number as u32, entry).is_some() {
                return Err(fault(offset, "the section lists an object twice"));
            }
        }
    }
    if entries.is_empty() {
        return Err(fault(offset, "the cross-reference stream is empty"));
    }
    Ok(entries)
}

fn stream_entry(row: &[u8], widths: &[u64]) -> Option<Entry> {
    let mut at = 0;
    let mut field = |width: u64| {
        let bytes = &row[at..at + width as usize];
        at += width as usize;
        bytes
            .iter()
            .fold(0u64, |value, byte| value << 8 | u64::from(*byte))
    };
    let kind = if widths[0] == 0 { 1 } else { field(widths[0]) };
    let (second, third) = (field(widths[1]), field(widths[2]));
    match kind {
        0 => Some(Entry::Free),
        1 => Some(Entry::Offset {
            offset: second,
            generation: u16::try_from(third).ok()?,
        }),
        2 => Some(Entry::Compressed {
            stream: u32::try_from(second).ok()?,
            index: u32::try_from(third).ok()?,
        }),
        _ => None,
    }
}

/// Reads the mark that ends a section, from the end of its trailer on.
///
/// A comment before `startxref` is common (iText signs its name there) and harmless unless it
/// contains a word that a reader searching backwards would take; after it none is allowed.
pub fn read_end_mark(source: &Source<'_>, offset: u64) -> Result<EndMark, XrefError> {
    let mut parser = source.parser(offset)?;
    let before = parser.rest();
    parser.skip_blank();
    let passed = before.len() - parser.rest().len();
    let comment = &before[..passed];
    let hides = |word: &[u8]| comment.windows(word.len()).any(|window| window == word);
    if passed > 256
        || [&b"xref"[..], b"trailer", b"obj", b"EOF", b"stream"]
            .into_iter()
            .any(hides)
    {
        return Err(parser
            .error("a comment before startxref hides structure")
            .into());
    }
    if !parser.keyword("startxref") {
        return Err(parser
            .error("startxref was expected after the trailer")
            .into());
    }
    parser.skip_whitespace();
    let startxref = parser.unsigned()?;
    let blank = parser
        .rest()
        .iter()
        .take_while(|byte| is_whitespace(**byte))
        .count();
    parser.advance(blank);
    if blank == 0 || !parser.rest().starts_with(b"%%EOF") {
        return Err(parser
            .error("%%EOF was expected right after startxref")
            .into());
    }
    parser.advance(5);
    Ok(EndMark {
        startxref,
        end: parser.offset(),
    })
}
