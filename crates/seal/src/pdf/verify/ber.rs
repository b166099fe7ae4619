//! CMS as it stands in `/Contents`: DER, or BER with indefinite lengths as some writers of
//! `adbe.pkcs7.detached` leave it; then zeros.

/// Nesting in one CMS.
const MAX_DEPTH: usize = 32;

/// Why the bytes are no CMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpacked {
    /// Zeros only.
    Empty,
    /// No element begins here, or it does not end within the bytes.
    Malformed,
    /// Something other than zeros follows.
    TrailingBytes,
    /// Indefinite lengths where DER is asked for.
    NotDer,
}

/// The one element at the start of `contents`, all lengths definite.
///
/// Only the form of lengths is changed, never an order or a value: signed parts that were not DER
/// stay wrong and fail later.
pub(super) fn unpack(contents: &[u8], der_only: bool) -> Result<Vec<u8>, Unpacked> {
    if contents.iter().all(|byte| *byte == 0) {
        return Err(Unpacked::Empty);
    }
    let indefinite = contents.get(1) == Some(&0x80);
    if indefinite && der_only {
        return Err(Unpacked::NotDer);
    }
    let (der, used) = if indefinite {
        let mut reader = Reader {
            data: contents,
            at: 0,
        };
        let der = reader.element(0).ok_or(Unpacked::Malformed)?;
        (der, reader.at)
    } else {
        let mut reader = Reader {
            data: contents,
            at: 0,
        };
        let (_, length) = reader.header().ok_or(Unpacked::Malformed)?;
        let end = length
            .and_then(|length| reader.at.checked_add(length))
            .ok_or(Unpacked::Malformed)?;
        (
            contents.get(..end).ok_or(Unpacked::Malformed)?.to_vec(),
            end,
        )
    };
    if contents[used..].iter().any(|byte| *byte != 0) {
        return Err(Unpacked::TrailingBytes);
    }
    Ok(der)
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.data.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// Tag and length; no length where it is indefinite. Tags above 30 do not occur in CMS.
    fn header(&mut self) -> Option<(u8, Option<usize>)> {
        let tag = self.byte().filter(|tag| tag & 0x1f != 0x1f)?;
        let first = self.byte()?;
        let length = match first {
            0x80 => None,
            0..=0x7f => Some(usize::from(first)),
            _ => {
                let count = usize::from(first & 0x7f);
                if count > 4 {
                    return None;
                }
                let mut length = 0usize;
                for _ in 0..count {
                    length = length << 8 | usize::from(self.byte()?);
                }
                Some(length)
            }
        };
        Some((tag, length))
    }

    fn element(&mut self, depth: usize) -> Option<Vec<u8>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (tag, length) = self.header()?;
        let constructed = tag & 0x20 != 0;
        let mut value = Vec::new();
        match length {
            Some(length) if !constructed => {
                value.extend_from_slice(self.data.get(self.at..self.at.checked_add(length)?)?);
                self.at += length;
            }
            Some(length) => {
                let end = self
                    .at
                    .checked_add(length)
                    .filter(|end| *end <= self.data.len())?;
                while self.at < end {
                    value.extend(self.element(depth + 1)?);
                }
                if self.at != end {
                    return None;
                }
            }
            None if !constructed => return None,
            None => {
                while self.data.get(self.at..self.at + 2)? != [0, 0] {
                    value.extend(self.element(depth + 1)?);
                }
                self.at += 2;
            }
        }
        let mut out = vec![tag];
        match value.len() {
            length @ 0..=0x7f => out.push(length as u8),
            length => {
                let bytes = length.to_be_bytes();
                let skip = bytes.iter().take_while(|byte| **byte == 0).count();
                out.push(0x80 | (bytes.len() - skip) as u8);
                out.extend_from_slice(&bytes[skip..]);
            }
        }
        out.extend(value);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_become_definite_and_nothing_else_changes() {
        let ber = [
            0x30, 0x80, 0x02, 0x01, 0x05, 0x30, 0x80, 0x04, 0x01, 0xaa, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(
            unpack(&ber, false).unwrap(),
            [0x30, 0x08, 0x02, 0x01, 0x05, 0x30, 0x03, 0x04, 0x01, 0xaa]
        );
        assert_eq!(unpack(&ber, true), Err(Unpacked::NotDer));
        assert_eq!(unpack(&ber[..10], false), Err(Unpacked::Malformed));
    }

    #[test]
    fn after_the_element_only_zeros_may_stand() {
        assert_eq!(
            unpack(&[0x30, 0x01, 0x05, 0, 0], true).unwrap(),
            [0x30, 0x01, 0x05]
        );
        assert_eq!(
            unpack(&[0x30, 0x01, 0x05, 0, 1], true),
            Err(Unpacked::TrailingBytes)
        );
        assert_eq!(unpack(&[0, 0, 0], true), Err(Unpacked::Empty));
        assert_eq!(unpack(&[0x30, 0x05, 0x05], true), Err(Unpacked::Malformed));
        assert_eq!(
            unpack(
                &[&[0x30, 0x80][..], &[0x30, 0x80].repeat(100_000)].concat(),
                false
            ),
            Err(Unpacked::Malformed)
        );
    }
}
