//! The journal: what was signed, one JSON object a line, on the disk before the signature leaves.
//!
//! Each line holds the SHA-256 of the line before it, so that a line that is taken out shows. Lines that are
//! taken off the end break no chain: a small file beside the journal says where it ended. A line that a crash
//! cut short is left standing and reported as torn; nothing was handed out for it.
//!
//! This is against mishaps and strangers' hands on a disk, not against a program of the same user, which can
//! write both files.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use contract::{Base64, DocumentDigest, Grade, KeyFamilyName, SealName};
use pki::HashAlgorithm;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::keyring::KeyRow;

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, RFC 3339 UTC, by this machine's clock.
    pub at: String,
    /// For which site.
    pub origin: String,
    /// `login`, `bind`, `unbind`, `seal`, `pkcs10`, `sof_sign_data`, `sof_sign_message`.
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
    /// The key, as its owner knows it; absent in lines from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyEntry>,
}

/// The key that signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// The provider's id in the catalogue, where it is known.
    pub provider: Option<String>,
    /// The key number.
    pub number: Option<String>,
    /// The holder's name.
    pub holder: Option<String>,
}

impl KeyEntry {
    /// What a row says of its key.
    pub fn of(row: &KeyRow) -> KeyEntry {
        KeyEntry {
            provider: row.provider.as_ref().map(|provider| provider.id.clone()),
            number: row.key_number.clone(),
            holder: row.holder.clone(),
        }
    }
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

/// Longest line that is one of ours, in bytes.
pub(crate) const MAX_LINE: usize = 1024 * 1024;

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
    head: Head,
    head_path: PathBuf,
}

/// Where the journal ended when it was last written, and where it was once found otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Bytes of the journal.
    bytes: u64,
    /// Digest of its last whole line, hex; empty for none.
    last: String,
    /// What was found at a start that did not fit; kept for good.
    #[serde(default)]
    damage: Vec<Damage>,
}

/// An end that was not the one that had been written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Damage {
    /// Bytes that the journal had when it was last written.
    pub expected_bytes: u64,
    /// Bytes that were found; fewer: lines were cut off the end, else the end was altered.
    pub found_bytes: u64,
}

/// Most damages that are remembered.
const MAX_DAMAGE: usize = 16;

/// Where the journal lies in a state folder.
pub fn path_in(folder: &Path) -> PathBuf {
    folder.join("journal.jsonl")
}

impl Journal {
    /// Opens the journal of a state folder, making it where it is missing. Only its end is read, however long
    /// it is.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<Journal> {
        let (path, head_path) = (path_in(folder), folder.join("journal.head"));
        let mut file = files::append_to(&path)?;
        let bytes = file.metadata()?.len();
        let end = End::read(&mut file, bytes)?;
        // A head that can't be read says nothing of where the journal ended, and is written anew.
        let before: Option<Head> = match std::fs::read(&head_path) {
            Ok(text) => serde_json::from_slice(&text).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut head = before.clone().unwrap_or_default();
        if before.is_some() && !end.follows(&head, bytes) && head.damage.len() < MAX_DAMAGE {
            head.damage.push(Damage {
                expected_bytes: head.bytes,
                found_bytes: bytes,
            });
        }
        (head.bytes, head.last) = (bytes, end.last.clone());
        let mut journal = Journal {
            file,
            last: end.last,
            head,
            head_path,
        };
        if end.torn {
            // A crash cut the last line short; the next one begins on a line of its own.
            journal.file.write_all(b"\n")?;
            journal.file.sync_all()?;
            journal.head.bytes += 1;
        }
        if before.as_ref() != Some(&journal.head) {
            journal.write_head()?;
        }
        Ok(journal)
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
        self.head.bytes += bytes.len() as u64;
        self.head.last.clone_from(&self.last);
        self.write_head()
    }

    /// Digest of the last line, hex; empty for none.
    pub fn last(&self) -> &str {
        &self.last
    }

    /// Starts at which the end was not the one that had been written.
    pub fn damage(&self) -> &[Damage] {
        &self.head.damage
    }

    fn write_head(&self) -> io::Result<()> {
        files::replace(&self.head_path, &serde_json::to_vec(&self.head)?)
    }
}

/// The end of a journal as it is found.
struct End {
    /// Digest of the last whole line of ours, hex.
    last: String,
    /// What that line says of the one before it.
    previous: String,
    /// Whether something without an end of line stands behind it.
    torn: bool,
}

impl End {
    /// Reads backwards as far as the last whole line.
    fn read(file: &mut File, bytes: u64) -> io::Result<End> {
        let mut reach = 64 * 1024;
        loop {
            let from = bytes.saturating_sub(reach);
            file.seek(SeekFrom::Start(from))?;
            let mut tail = Vec::new();
            (&mut *file).take(bytes - from).read_to_end(&mut tail)?;
            let lines = tail.split(|&byte| byte == b'\n').rev();
            let found = lines.filter(|line| !line.is_empty()).find_map(|line| {
                let parsed = serde_json::from_slice::<Line>(line).ok()?;
                Some((digest(line), parsed.previous))
            });
            let whole = from == 0 || reach > 4 * MAX_LINE as u64;
            if found.is_some() || whole {
                let (last, previous) = found.unwrap_or_default();
                let torn = !tail.is_empty() && !tail.ends_with(b"\n");
                return Ok(End {
                    last,
                    previous,
                    torn,
                });
            }
            reach *= 4;
        }
    }

    /// Whether this is where the journal ended, or one line further: a crash may come between the line and
    /// the head.
    fn follows(&self, head: &Head, bytes: u64) -> bool {
        match bytes.cmp(&head.bytes) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => self.last == head.last,
            std::cmp::Ordering::Greater => self.last == head.last || self.previous == head.last,
        }
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

/// The entry of a line.
pub(crate) fn entry_of(line: &[u8]) -> Option<Entry> {
    serde_json::from_slice::<Line>(line)
        .ok()
        .map(|line| line.entry)
}

pub(crate) fn digest(line: &[u8]) -> String {
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
            key: None,
        }
    }

    fn three(folder: &Path) -> String {
        let mut journal = Journal::open(folder).unwrap();
        for purpose in ["login", "bind", "seal"] {
            journal.append(entry(purpose)).unwrap();
        }
        std::fs::read_to_string(path_in(folder)).unwrap()
    }

    #[test]
    fn lines_that_were_cut_off_the_end_are_said_at_every_later_start() {
        let folder = tempfile::tempdir().unwrap();
        let text = three(folder.path());
        assert!(Journal::open(folder.path()).unwrap().damage().is_empty());
        let two: String = text.lines().take(2).map(|l| format!("{l}\n")).collect();
        std::fs::write(path_in(folder.path()), &two).unwrap();
        let cut = Damage {
            expected_bytes: text.len() as u64,
            found_bytes: two.len() as u64,
        };
        let mut journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.damage(), std::slice::from_ref(&cut));
        journal.append(entry("login")).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().damage(), [cut]);
        std::fs::remove_file(path_in(folder.path())).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().damage().len(), 2);
    }

    #[test]
    fn a_last_line_that_was_altered_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let text = three(folder.path());
        let altered = text.replace("\"seal\",\"intent\"", "\"sale\",\"intent\"");
        assert_ne!(altered, text);
        std::fs::write(path_in(folder.path()), altered).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().damage().len(), 1);
    }

    #[test]
    fn a_crash_between_the_line_and_the_head_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let head = folder.path().join("journal.head");
        Journal::open(folder.path())
            .unwrap()
            .append(entry("login"))
            .unwrap();
        let old = std::fs::read(&head).unwrap();
        Journal::open(folder.path())
            .unwrap()
            .append(entry("bind"))
            .unwrap();
        std::fs::write(&head, old).unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        assert!(journal.damage().is_empty());
        journal.append(entry("seal")).unwrap();
        assert_eq!(read(&path_in(folder.path())).unwrap().0.len(), 3);
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
