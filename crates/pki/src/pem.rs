//! PEM (RFC 7468), lax in white space and line length, strict in labels and base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ParseError;

const MAX_TEXT: usize = 8 * 1024 * 1024;
const MAX_BLOCKS: usize = 4096;

/// The contents of every block with this label, in order. Text between blocks and blocks with other
/// labels are passed over.
///
/// # Errors
/// [`ParseError::Pem`] for a block that does not end or is no base64, [`ParseError::TooLarge`] above
/// 8 MiB, [`ParseError::TooMany`] above 4096 blocks.
pub fn pem_decode(label: &'static str, text: &str) -> Result<Vec<Vec<u8>>, ParseError> {
    if text.len() > MAX_TEXT {
        return Err(ParseError::TooLarge {
            what: label,
            limit: MAX_TEXT,
        });
    }
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(&begin) {
        let after = &rest[start + begin.len()..];
        let stop = after.find(&end).ok_or(ParseError::Pem(label))?;
        let base64: String = after[..stop]
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .collect();
        blocks.push(
            STANDARD
                .decode(base64)
                .map_err(|_| ParseError::Pem(label))?,
        );
        if blocks.len() > MAX_BLOCKS {
            return Err(ParseError::TooMany {
                what: label,
                limit: MAX_BLOCKS,
            });
        }
        rest = &after[stop + end.len()..];
    }
    Ok(blocks)
}

/// One PEM block with lines of 64 characters and a final newline.
#[must_use]
pub fn pem_encode(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}
