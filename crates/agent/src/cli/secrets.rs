//! PINs from standard input: a line each, wiped after use; on a terminal asked for, without echo.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use token::Pin;
use zeroize::Zeroizing;

use super::Failure;
use crate::system::{Silence, stdin_file};

/// Longest line that is taken for a PIN, in bytes.
const MAX_LINE: usize = 100;

/// Reads one PIN.
///
/// # Errors
/// Usage, where the line is no PIN or standard input ends.
pub fn pin(what: &str) -> Result<Pin, Failure> {
    let line = line(what).map_err(|error| Failure::Usage(format!("{what}: {error}")))?;
    Pin::new(&line).map_err(|error| Failure::Usage(format!("{what}: {error}")))
}

/// Reads one line.
///
/// # Errors
/// What the system says; `UnexpectedEof` where there is no line.
pub fn line(what: &str) -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    let quiet = if stdin.is_terminal() {
        eprint!("{what}: ");
        io::stderr().flush()?;
        Some(Silence::keep()?)
    } else {
        None
    };
    let read = read_line();
    if let Some(silence) = quiet {
        drop(silence);
        eprintln!();
    }
    read
}

/// Byte by byte and without a buffer, so that the next line is still there for the next reader and no copy
/// of the secret stays in one.
fn read_line() -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let mut stdin = stdin_file()?;
    let mut byte = [0; 1];
    loop {
        if stdin.read(&mut byte)? == 0 {
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            break;
        }
        match byte[0] {
            b'\n' => break,
            b'\r' => {}
            _ if bytes.len() == MAX_LINE => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the line is too long",
                ));
            }
            other => bytes.push(other),
        }
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}
