//! The decoders that cross-reference and object streams use (ISO 32000-2 §7.4.4): Flate with PNG
//! predictors. Nothing else is decoded here: pages are not rendered in this crate.

use std::io::Read;

use super::object::{Dictionary, Object};

/// Why a stream cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A filter other than none and Flate, or parameters this reader does not know.
    #[error("a cross-reference or object stream uses a filter other than Flate")]
    Unsupported,
    /// The compressed bytes are damaged.
    #[error("a compressed stream is damaged")]
    Damaged,
    /// The stream unpacks to more than the limit.
    #[error("a compressed stream unpacks to more than {0} bytes")]
    TooLarge(usize),
}

/// Decodes the bytes of a stream with the given dictionary to at most `limit` bytes.
pub fn decode(dictionary: &Dictionary, raw: &[u8], limit: usize) -> Result<Vec<u8>, FilterError> {
    let single = |value: Option<&Object>| match value {
        Some(Object::Array(elements)) if elements.len() == 1 => Ok(Some(elements[0].clone())),
        Some(Object::Array(elements)) if elements.is_empty() => Ok(None),
        Some(Object::Array(_)) => Err(FilterError::Unsupported),
        other => Ok(other.cloned()),
    };
    let filter = single(dictionary.get("Filter"))?;
    let parameters = single(dictionary.get("DecodeParms"))?;
    match filter {
        None if raw.len() > limit => Err(FilterError::TooLarge(limit)),
        None => Ok(raw.to_vec()),
        Some(Object::Name(name)) if name == b"FlateDecode" => {
            let plain = inflate(raw, limit)?;
            match parameters {
                None | Some(Object::Null) => Ok(plain),
                Some(Object::Dictionary(parameters)) => unpredict(plain, &parameters),
                Some(_) => Err(FilterError::Unsupported),
            }
        }
        Some(_) => Err(FilterError::Unsupported),
    }
}

fn inflate(raw: &[u8], limit: usize) -> Result<Vec<u8>, FilterError> {
    let mut plain = Vec::new();
    let mut decoder = flate2::read::ZlibDecoder::new(raw).take(limit as u64 + 1);
    decoder
        .read_to_end(&mut plain)
        .map_err(|_| FilterError::Damaged)?;
    if plain.len() > limit {
        return Err(FilterError::TooLarge(limit));
    }
    Ok(plain)
}

/// PNG predictors (10–15); each row names its own.
fn unpredict(plain: Vec<u8>, parameters: &Dictionary) -> Result<Vec<u8>, FilterError> {
    let parameter = |key: &str, default: i64| match parameters.get(key) {
        None => Ok(default),
        Some(value) => value.as_integer().ok_or(FilterError::Unsupported),
    };
    match parameter("Predictor", 1)? {
        1 => return Ok(plain),
        10..=15 => {}
        _ => return Err(FilterError::Unsupported),
    }
    if parameter("Colors", 1)? != 1 || parameter("BitsPerComponent", 8)? != 8 {
        return Err(FilterError::Unsupported);
    }
    let columns = usize::try_from(parameter("Columns", 1)?)
        .ok()
        .filter(|columns| (1..=4096).contains(columns));
    let columns = columns.ok_or(FilterError::Unsupported)?;
    if !plain.len().is_multiple_of(columns + 1) {
        return Err(FilterError::Damaged);
    }
    let mut out: Vec<u8> = Vec::with_capacity(plain.len());
    let mut above = vec![0u8; columns];
    for row in plain.chunks_exact(columns + 1) {
        let mut current = vec![0u8; columns];
        for index in 0..columns {
            let left = if index > 0 { current[index - 1] } else { 0 };
            let up = above[index];
            let corner = if index > 0 { above[index - 1] } else { 0 };
            let prediction = match row[0] {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(FilterError::Damaged),
            };
            current[index] = row[index + 1].wrapping_add(prediction);
        }
        out.extend_from_slice(&current);
        above = current;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}
