//! Names that libraries give: C strings and lists of them, in no declared encoding.

use std::ffi::CString;

use crate::TokenError;

/// Longest list that is believed, in octets.
pub const MAX_LIST: usize = 64 << 10;
/// Most names in a list that are believed.
const MAX_NAMES: usize = 256;
/// Longest name that is believed, in octets.
const MAX_NAME: usize = 512;

/// Octets to text, reversibly: what isn't UTF-8, and `%`, stands as `%XX`.
pub fn to_text(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '%' => text.push_str("%25"),
                other => text.push(other),
            }
        }
        for octet in chunk.invalid() {
            text.push_str(&format!("%{octet:02X}"));
        }
    }
    text
}

/// The way back from [`to_text`], as a C string.
pub fn to_c_string(text: &str) -> Result<CString, TokenError> {
    let mut octets = Vec::with_capacity(text.len() + 1);
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(octet) => {
                octets.push(octet);
                rest = &tail[2..];
            }
            None => {
                octets.push(first);
                rest = tail;
            }
        }
    }
    CString::new(octets).map_err(|_| TokenError::Message("a name holds a NUL".to_owned()))
}

/// Splits a list: names each ended by NUL, one more NUL at the end. A library that forgets the last NUL
/// or counts wrongly is forgiven; one whose list makes no sense is not.
pub fn split_list(list: &[u8], function: &str) -> Result<Vec<String>, TokenError> {
    let garbage = || TokenError::Garbage(function.to_owned());
    let mut names = Vec::new();
    let mut rest = list;
    loop {
        let Some(end) = rest.iter().position(|&octet| octet == 0) else {
            // The list ends without NUL: right only when nothing is left over.
            return if rest.is_empty() {
                Ok(names)
            } else {
                Err(garbage())
            };
        };
        if end == 0 {
            return Ok(names);
        }
        if end > MAX_NAME || names.len() == MAX_NAMES || rest[..end].iter().any(|&o| o < 0x20) {
            return Err(garbage());
        }
        names.push(to_text(&rest[..end]));
        rest = &rest[end + 1..];
    }
}

/// A fixed text field, up to its first NUL, for people to read.
pub fn field(octets: &[u8]) -> String {
    let end = octets
        .iter()
        .position(|&octet| octet == 0)
        .unwrap_or(octets.len());
    String::from_utf8_lossy(&octets[..end]).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_gbk_finds_its_way_back() {
        let gbk = b"\xD3\xA1\xD0\xC5 100%";
        assert_eq!(to_c_string(&to_text(gbk)).unwrap().as_bytes(), gbk);
        assert_eq!(to_text("印信".as_bytes()), "印信");
    }

    #[test]
    fn a_list_without_its_last_nul_is_read() {
        assert_eq!(split_list(b"one\0two\0", "f").unwrap(), ["one", "two"]);
        assert_eq!(split_list(b"one\0two\0\0", "f").unwrap(), ["one", "two"]);
        assert_eq!(split_list(b"\0\0", "f").unwrap(), [""; 0]);
    }

    #[test]
    fn a_list_of_rubbish_is_refused() {
        assert!(split_list(&[0xFE; 2000], "f").is_err());
        assert!(split_list(b"a\x01b\0\0", "f").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_name_finds_its_way_back(octets in proptest::collection::vec(1_u8.., 0..64)) {
            proptest::prop_assert_eq!(to_c_string(&to_text(&octets)).unwrap().into_bytes(), octets);
        }

        #[test]
        fn any_list_is_split_or_refused(list in proptest::collection::vec(0_u8.., 0..4096)) {
            if let Ok(names) = split_list(&list, "f") {
                proptest::prop_assert!(names.iter().all(|name| !name.is_empty()));
            }
        }
    }
}
