//! The lines of the Assuan protocol, as far as a client of a PIN program speaks it.
//!
//! Source: the manual of libassuan, "Implementation" → "Server responses" and "Client requests": a line has
//! at most 1000 octets without its line feed; `%`, CR and LF are escaped as `%25`, `%0D`, `%0A`.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// Most octets of a line, without the line feed.
pub const MAX_LINE: usize = 1000;

/// What a server says in one line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The command is done.
    Ok,
    /// It failed; a code of libgpg-error, whose low 16 bits name the error.
    Err(u32),
    /// Data, unescaped. Wiped when dropped: it may be the PIN.
    Data(Zeroizing<Vec<u8>>),
    /// A comment or a status line.
    Note,
    /// The server wants something; it gets nothing.
    Inquire,
}

/// Errors of libgpg-error (`err-codes.h`) that mean something here.
pub mod code {
    /// `GPG_ERR_TIMEOUT`
    pub const TIMEOUT: u32 = 62;
    /// `GPG_ERR_CANCELED`
    pub const CANCELED: u32 = 99;
    /// `GPG_ERR_NOT_CONFIRMED`
    pub const NOT_CONFIRMED: u32 = 114;
    /// `GPG_ERR_FULLY_CANCELED`
    pub const FULLY_CANCELED: u32 = 198;

    /// The error without the program that reports it (`GPG_ERR_CODE_MASK`).
    pub fn of(value: u32) -> u32 {
        value & 0xFFFF
    }
}

/// Reads a line of a server, without its line feed.
///
/// # Errors
/// A sentence for what is none.
pub fn read(line: &[u8]) -> Result<Line, &'static str> {
    let (word, rest) = match line.iter().position(|octet| *octet == b' ') {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => (line, &line[line.len()..]),
    };
    match word {
        b"OK" => Ok(Line::Ok),
        b"ERR" => {
            let digits = rest.split(|octet| *octet == b' ').next().unwrap_or(rest);
            let text = std::str::from_utf8(digits).map_err(|_| "an error without a code")?;
            text.parse()
                .map(Line::Err)
                .map_err(|_| "an error without a code")
        }
        b"D" => unescape(rest).map(Line::Data),
        b"S" => Ok(Line::Note),
        b"INQUIRE" => Ok(Line::Inquire),
        word if word.starts_with(b"#") => Ok(Line::Note),
        _ => Err("a line that Assuan does not know"),
    }
}

fn unescape(escaped: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    // As long as the longest that it can become, so that no copy stays behind when it grows.
    let mut out = Zeroizing::new(Vec::with_capacity(escaped.len()));
    let mut octets = escaped.iter();
    while let Some(&octet) = octets.next() {
        if octet != b'%' {
            out.push(octet);
            continue;
        }
        let digit = |octet: Option<&u8>| char::from(*octet?).to_digit(16);
        let (Some(high), Some(low)) = (digit(octets.next()), digit(octets.next())) else {
            return Err("an escape that is none");
        };
        out.push((high * 16 + low) as u8);
    }
    Ok(out)
}

/// Appends `text` to a command, escaped, and cut at a character where the line would get too long.
pub fn push_escaped(command: &mut String, text: &str) {
    for character in text.chars() {
        let before = command.len();
        match character {
            '%' | '\r' | '\n' => {
                let _ = write!(command, "%{:02X}", u32::from(character));
            }
            other if other.is_control() => command.push(' '),
            other => command.push(other),
        }
        if command.len() > MAX_LINE {
            command.truncate(before);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_server_are_told_apart() {
        assert_eq!(read(b"OK"), Ok(Line::Ok));
        assert_eq!(read(b"OK Pleased to meet you"), Ok(Line::Ok));
        let Ok(Line::Err(value)) = read(b"ERR 83886179 Operation cancelled <Pinentry>") else {
            panic!("no error");
        };
        assert_eq!(code::of(value), code::CANCELED);
        assert_eq!(read(b"# hello"), Ok(Line::Note));
        assert_eq!(read(b"S PASSWORD_FROM_CACHE"), Ok(Line::Note));
        assert_eq!(read(b"INQUIRE QUALITY 20"), Ok(Line::Inquire));
        for bad in [
            &b"ERR"[..],
            b"ERR x",
            b"D %4",
            b"D %zz",
            b"HELLO",
            b"",
            b"OKAY",
        ] {
            assert!(read(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn data_comes_back_as_it_was_typed() {
        assert_eq!(
            read(b"D 100%25 a b%0A"),
            Ok(Line::Data(Zeroizing::new(b"100% a b\n".to_vec())))
        );
        assert_eq!(read(b"D "), Ok(Line::Data(Zeroizing::new(Vec::new()))));
    }

    #[test]
    fn text_can_not_begin_a_second_command_nor_run_over_the_line() {
        let mut command = "SETDESC ".to_owned();
        push_escaped(&mut command, "5%\r\nGETPIN\u{1b}[2J\0");
        assert_eq!(command, "SETDESC 5%25%0D%0AGETPIN [2J ");
        let mut long = "SETDESC ".to_owned();
        push_escaped(&mut long, &"印".repeat(999));
        assert!(
            long.len() <= MAX_LINE && long.len() > MAX_LINE - 3,
            "{}",
            long.len()
        );
        let mut escapes = "SETDESC ".to_owned();
        push_escaped(&mut escapes, &"%".repeat(999));
        assert!(escapes.ends_with("%25") && escapes.len() <= MAX_LINE);
    }
}
