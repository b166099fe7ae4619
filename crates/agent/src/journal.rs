//! The journal: what was signed, one JSON object a line, on the disk before the signature leaves.
//!
//! Each line holds the SHA-256 of the line before it, so that a line that is taken out shows. A line that a
//! crash cut short is left standing and reported as torn; nothing was handed out for it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use contract::{Base64, DocumentDigest, Grade, KeyFamilyName, SealName};
use pki::HashAlgorithm;
use serde::{Deserialize, Serialize};

use crate::files;

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, RFC 3339 UTC, by this machine's clock.
    pub at: String,
    /// For which site.
    pub origin: String,
    /// `login`, `bind`, `unbind`, `seal`, `pkcs10`.
    pub purpose: String,
    /// The server's exact intent.
    pub intent: String,
    /// SHA-256 of the signer's certificate, hex; absent for a certification request.
    pub certificate_sha256: Option<String>,
    /// The kind of key.
    pub family: KeyFamilyName,
    /// SHA-256 of the bytes that were signed, hex.
    pub signed_sha256: String,
    /// The signature.
    pub signature: Base64,
    /// For a seal: what it was put on.
    pub seal: Option<SealEntry>,
}

/// What a seal was put on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealEntry {
    /// The document's name.
    pub document: String,
    /// Its digest before the seal, by the server's intent.
    pub document_digest: DocumentDigest,
    /// The pages.
    pub pages: Vec<u32>,
    /// The seal.
    pub seal: SealName,
    /// What the agent checked.
    pub grade: Grade,
    /// Digest over the ByteRange, hex: the message digest that was signed.
    pub digest_hex: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    previous: String,
    #[serde(flatten)]
    entry: Entry,
}

/// Why the journal could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// What the system said.
    #[error("the journal cannot be used: {0}")]
    Io(#[from] io::Error),
    /// A line is not one of ours, or not the one that followed.
    #[error("line {0} of the journal was changed, or one before it is missing")]
    Broken(usize),
}

/// The journal, open for appending.
#[derive(Debug)]
pub struct Journal {
    file: File,
    last: String,
}

/// Where the journal lies in a state folder.
pub fn path_in(folder: &Path) -> PathBuf {
    folder.join("journal.jsonl")
}

impl Journal {
    /// Opens the journal of a state folder, making it where it is missing.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<Journal> {
        let path = path_in(folder);
        let mut file = files::append_to(&path)?;
        let text = std::fs::read(&path)?;
        if !text.is_empty() && !text.ends_with(b"\n") {
            // A crash cut the last line short; the next one begins on a line of its own.
            file.write_all(b"\n")?;
            file.sync_all()?;
        }
        let last = text
            .split(|&byte| byte == b'\n')
            .rev()
            .find(|line| is_line(line));
        Ok(Journal {
            file,
            last: last.map_or_else(String::new, digest),
        })
    }

    /// Appends what was signed, and returns when it is on the disk.
    ///
    /// # Errors
    /// What the system says; then the signature must not be handed out.
    pub fn append(&mut self, entry: Entry) -> io::Result<()> {
        let line = serde_json::to_vec(&Line {
            v: 1,
            previous: self.last.clone(),
            entry,
        })?;
        let mut bytes = line.clone();
        bytes.push(b'\n');
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.last = digest(&line);
        Ok(())
    }
}

/// All entries of a journal, and the numbers of lines that a crash cut short.
///
/// # Errors
/// [`JournalError::Broken`] where the chain does not hold.
pub fn read(path: &Path) -> Result<(Vec<Entry>, Vec<usize>), JournalError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Vec::new(), Vec::new()));
        }
        Err(error) => return Err(error.into()),
    };
    let (mut entries, mut torn, mut last) = (Vec::new(), Vec::new(), String::new());
    for (number, line) in (1..).zip(BufReader::new(file).split(b'\n')) {
        let line = line?;
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(parsed) if parsed.v == 1 && parsed.previous == last => {
                last = digest(&line);
                entries.push(parsed.entry);
            }
            Ok(_) => return Err(JournalError::Broken(number)),
            Err(error) if error.is_eof() => torn.push(number),
            Err(_) => return Err(JournalError::Broken(number)),
        }
    }
    Ok((entries, torn))
}

fn is_line(line: &[u8]) -> bool {
    serde_json::from_slice::<Line>(line).is_ok()
}

fn digest(line: &[u8]) -> String {
    hex::encode(pki::hash(HashAlgorithm::Sha256, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(purpose: &str) -> Entry {
        Entry {
            at: "2026-11-22T10:00:00Z".into(),
            origin: "https://a.cn".into(),
            purpose: purpose.into(),
            intent: "{}".into(),
            certificate_sha256: Some("00".into()),
            family: KeyFamilyName::Sm2,
            signed_sha256: "11".into(),
            signature: Base64(vec![1, 2]),
            seal: None,
        }
    }

    #[test]
    fn what_was_appended_is_read_back_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        Journal::open(folder.path())
            .unwrap()
            .append(entry("login"))
            .unwrap();
        Journal::open(folder.path())
            .unwrap()
            .append(entry("bind"))
            .unwrap();
        let (entries, torn) = read(&path_in(folder.path())).unwrap();
        assert_eq!(entries, [entry("login"), entry("bind")]);
        assert!(torn.is_empty());
    }

    #[test]
    fn a_line_that_was_taken_out_or_changed_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(folder.path());
        let mut journal = Journal::open(folder.path()).unwrap();
        for purpose in ["login", "bind", "seal"] {
            journal.append(entry(purpose)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let without: String = text
            .lines()
            .enumerate()
            .filter(|(at, _)| *at != 1)
            .map(|(_, l)| format!("{l}\n"))
            .collect();
        std::fs::write(&path, without).unwrap();
        assert!(matches!(read(&path), Err(JournalError::Broken(2))));
        std::fs::write(&path, text.replace("\"bind\"", "\"lend\"")).unwrap();
        assert!(matches!(read(&path), Err(JournalError::Broken(3))));
    }

    #[test]
    fn a_line_that_a_crash_cut_short_is_said_and_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(folder.path());
        Journal::open(folder.path())
            .unwrap()
            .append(entry("login"))
            .unwrap();
        let mut file = files::append_to(&path).unwrap();
        file.write_all(b"{\"v\":1,\"previous\":\"ab").unwrap();
        drop(file);
        Journal::open(folder.path())
            .unwrap()
            .append(entry("bind"))
            .unwrap();
        let (entries, torn) = read(&path).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(torn, [2]);
    }
}
