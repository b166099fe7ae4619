//! Values out of certificates, as vendors write them: DER strings, DER in DER, or bare text; with a
//! leading `0` or `N`, or dashes.

/// No identity value is longer, in characters.
const LENGTH_LIMIT: usize = 256;

/// The text in an extension's value: a DER string, an OCTET STRING or BIT STRING around one, or bare
/// UTF-8. `None` where it is none of these, empty, too long, or holds control characters.
///
/// The forms cannot be confused: every DER string begins with a byte below 0x20, no accepted text does.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let found = match der_string(bytes, 0) {
        Some(found) => found,
        None => String::from_utf8(bytes.to_vec()).ok()?,
    };
    let found = found.trim_matches(' ');
    let fits = !found.is_empty()
        && found.chars().count() <= LENGTH_LIMIT
        && !found.chars().any(char::is_control);
    fits.then(|| found.to_owned())
}

fn der_string(bytes: &[u8], depth: u8) -> Option<String> {
    let (tag, content) = single_element(bytes)?;
    let utf8 = |content: &[u8]| String::from_utf8(content.to_vec()).ok();
    match tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => utf8(content),
        // TeletexString: Latin-1 in theory; in practice these CAs put ASCII or UTF-8 there.
        0x14 => utf8(content),
        // BMPString
        0x1e if content.len().is_multiple_of(2) => {
            let units: Vec<u16> = content
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units).ok()
        }
        // OCTET STRING; BIT STRING without unused bits: around a DER string or around bare text
        0x04 if depth < 3 => der_string(content, depth + 1).or_else(|| utf8(content)),
        0x03 if depth < 3 && content.first() == Some(&0) => {
            der_string(&content[1..], depth + 1).or_else(|| utf8(&content[1..]))
        }
        _ => None,
    }
}

/// The one DER element that fills `bytes`: tag and content, definite and minimal length.
fn single_element(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, content) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (length > 0x7f).then_some((usize::from(length), rest))?
        }
        0x82 => {
            let (length, rest) = rest.split_at_checked(2)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            (length > 0xff).then_some((length, rest))?
        }
        _ => return None,
    };
    (content.len() == length).then_some((tag, content))
}

/// Drops dashes of any of the usual kinds.
pub(crate) fn without_dashes(value: &str) -> String {
    value
        .chars()
        .filter(|c| !matches!(c, '-' | '－' | '‐' | '–' | '—'))
        .collect()
}

/// Drops one leading `0` or `N` where what remains has the length of a code: 18 characters of a unified
/// social credit code, or 9 of an organisation code. By length, because a code of 18 may itself begin with N.
pub(crate) fn without_leading_0_or_n(value: &str) -> &str {
    match value.strip_prefix(['0', 'N', 'n']) {
        Some(rest) if matches!(rest.len(), 9 | 18) => rest,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_der_string_nested_der_or_bare_text() {
        let code = b"91350200MA2XQ2K45R";
        let der = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
        for bytes in [
            code.to_vec(),
            der(0x0c, code),
            der(0x13, code),
            der(0x04, &der(0x16, code)),
            der(0x04, code),
            der(0x03, &[&[0], &der(0x0c, code)[..]].concat()),
            der(0x1e, &code.iter().flat_map(|b| [0, *b]).collect::<Vec<_>>()),
        ] {
            assert_eq!(
                text(&bytes).as_deref(),
                Some("91350200MA2XQ2K45R"),
                "{bytes:x?}"
            );
        }
    }

    #[test]
    fn what_is_no_text_is_nothing() {
        let nested = (0..9).fold(b"x".to_vec(), |inner, _| {
            [&[0x04, inner.len() as u8], &inner[..]].concat()
        });
        for bytes in [
            &b""[..],
            b"   ",
            b"\xff\xfe",
            b"a\nb",
            b"\x0c\x05abc",
            b"\x30\x00",
            &nested,
            &[b'a'; 300],
        ] {
            assert_eq!(text(bytes), None, "{bytes:x?}");
        }
    }

    #[test]
    fn a_long_value_has_a_minimal_length_octet() {
        let long = [b'a'; 200];
        assert_eq!(
            text(&[&[0x0c, 0x81, 200], &long[..]].concat()).map(|t| t.len()),
            Some(200)
        );
        assert_eq!(text(&[&[0x0c, 0x82, 0, 200], &long[..]].concat()), None);
    }

    #[test]
    fn a_leading_0_or_n_goes_only_where_a_whole_code_remains() {
        assert_eq!(
            without_leading_0_or_n("091350200MA2XQ2K45R"),
            "91350200MA2XQ2K45R"
        );
        assert_eq!(
            without_leading_0_or_n("N91350200MA2XQ2K45R"),
            "91350200MA2XQ2K45R"
        );
        assert_eq!(
            without_leading_0_or_n("N1350200MA2XQ2K45R"),
            "N1350200MA2XQ2K45R"
        );
        assert_eq!(without_leading_0_or_n("0012"), "0012");
        assert_eq!(without_dashes("9135-0200－MA2X"), "91350200MA2X");
    }
}
