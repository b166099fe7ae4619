//! The journal as a person looks at it: newest first, filtered, a page at a time.
//!
//! A journal may have a hundred thousand lines and more. What stays in memory is a small slot for each line;
//! the chain is checked once while the slots are made, and what is shown is read from the disk again. Where the
//! chain does not hold, that is said, and the lines are shown all the same.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use contract::Intent;
use serde::{Deserialize, Serialize};

use crate::journal::{self, Entry, MAX_LINE};

/// Most entries of one page.
pub const MAX_PAGE: usize = 100;
/// Most faults that are told one by one.
const MAX_FAULTS: usize = 20;
/// Longest text that is searched for, in characters.
pub const MAX_TEXT_CHARS: usize = 100;

/// A journal with its slots.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    slots: Vec<Slot>,
    origins: Vec<String>,
    purposes: Vec<String>,
    scanned: u64,
    lines: u64,
    last: String,
    faults: Vec<Fault>,
}

/// What stays in memory of a line.
#[derive(Clone, Copy, Debug)]
struct Slot {
    offset: u64,
    length: u32,
    /// Seconds since 1970.
    at: i64,
    origin: u32,
    purpose: u8,
}

/// Something about the journal that is not as it was written. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// A crash cut this line short; nothing was handed out for it.
    Torn {
        /// The line.
        line: u64,
    },
    /// This line was changed, or one before it is missing.
    Broken {
        /// The line.
        line: u64,
    },
}

/// What a person looks for. All parts together; an absent one excludes nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// `login`, `bind`, `unbind`, `seal` …
    #[serde(default)]
    pub purpose: Option<String>,
    /// The site's origin.
    #[serde(default)]
    pub origin: Option<String>,
    /// Words of a document, a seal, an organisation, a person, a key; in any case.
    #[serde(default)]
    pub text: Option<String>,
    /// From this second on, since 1970.
    #[serde(default)]
    pub from: Option<i64>,
    /// Before this second.
    #[serde(default)]
    pub to: Option<i64>,
}

/// An entry with its number, from 0 in the order of time.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// The number: the place to go on from.
    pub number: usize,
    /// The entry.
    pub entry: Entry,
}

#[derive(Deserialize)]
struct Lean {
    v: u32,
    previous: String,
    at: String,
    origin: String,
    purpose: String,
}

impl History {
    /// A history over the journal at `path`; nothing is read yet.
    pub fn new(path: PathBuf) -> History {
        History {
            path,
            slots: Vec::new(),
            origins: Vec::new(),
            purposes: Vec::new(),
            scanned: 0,
            lines: 0,
            last: String::new(),
            faults: Vec::new(),
        }
    }

    /// Reads what was appended since the last time, and checks the chain over it.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch_up(&mut self) -> io::Result<()> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                *self = History::new(std::mem::take(&mut self.path));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let bytes = file.metadata()?.len();
        if bytes < self.scanned {
            // Another file than the one that was read: from the beginning, so that its chain is judged.
            *self = History::new(std::mem::take(&mut self.path));
        }
        file.seek(SeekFrom::Start(self.scanned))?;
        let mut reader = BufReader::with_capacity(256 * 1024, file);
        let mut line = Vec::new();
        while self.scanned < bytes {
            line.clear();
            let length = read_line(&mut reader, &mut line)?;
            if length == 0 {
                break;
            }
            let offset = self.scanned;
            self.scanned += length;
            self.lines += 1;
            self.take(offset, &line);
        }
        Ok(())
    }

    fn take(&mut self, offset: u64, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let line_number = self.lines;
        let lean: Lean = match serde_json::from_slice(line) {
            Ok(lean) => lean,
            Err(error) => {
                let fault = if error.is_eof() && line.len() <= MAX_LINE {
                    Fault::Torn { line: line_number }
                } else {
                    Fault::Broken { line: line_number }
                };
                return self.fault(fault);
            }
        };
        if lean.v != 1 || lean.previous != self.last {
            self.fault(Fault::Broken { line: line_number });
        }
        self.last = journal::digest(line);
        let at = lean.at.parse::<jiff::Timestamp>();
        let (Ok(length), Ok(at)) = (u32::try_from(line.len()), at) else {
            return self.fault(Fault::Broken { line: line_number });
        };
        let origin = place_in(&mut self.origins, &lean.origin);
        let purpose = place_in(&mut self.purposes, &lean.purpose);
        self.slots.push(Slot {
            offset,
            length,
            at: at.as_second(),
            origin: u32::try_from(origin).unwrap_or(u32::MAX),
            purpose: u8::try_from(purpose).unwrap_or(u8::MAX),
        });
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Entries in all.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing was signed yet.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Sites that something was signed for.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// What is not as it was written; the first twenty.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Digest of the last line that was read, hex.
    pub fn last(&self) -> &str {
        &self.last
    }

    /// How many entries fit, where that can be said without reading them all: not for a text.
    pub fn count(&self, query: &Query) -> Option<usize> {
        let text = query.text.as_deref().unwrap_or_default().trim();
        text.is_empty().then(|| {
            let fits = self.slots.iter().filter(|slot| self.fits(slot, query));
            fits.count()
        })
    }

    /// At most `most` entries that fit, the newest first, from before the number `before`.
    ///
    /// # Errors
    /// What the system says.
    pub fn page(
        &self,
        query: &Query,
        before: Option<usize>,
        most: usize,
    ) -> io::Result<Vec<Numbered>> {
        let end = before.unwrap_or(self.slots.len()).min(self.slots.len());
        let mut found = Vec::new();
        if end == 0 || most == 0 {
            return Ok(found);
        }
        let text = query.text.as_deref().unwrap_or_default().trim();
        let needle = text.to_lowercase();
        let mut file = File::open(&self.path)?;
        let mut line = Vec::new();
        for number in (0..end).rev() {
            let slot = &self.slots[number];
            if !self.fits(slot, query) {
                continue;
            }
            line.resize(slot.length as usize, 0);
            file.seek(SeekFrom::Start(slot.offset))?;
            file.read_exact(&mut line)?;
            let Some(entry) = journal::entry_of(&line) else {
                continue;
            };
            if needle.is_empty() || says(&entry, &needle) {
                found.push(Numbered { number, entry });
                if found.len() == most {
                    break;
                }
            }
        }
        Ok(found)
    }

    fn fits(&self, slot: &Slot, query: &Query) -> bool {
        let named = |asked: &Option<String>, name: Option<&String>| {
            asked
                .as_ref()
                .is_none_or(|asked| asked.is_empty() || Some(asked) == name)
        };
        named(&query.purpose, self.purposes.get(slot.purpose as usize))
            && named(&query.origin, self.origins.get(slot.origin as usize))
            && query.from.is_none_or(|from| slot.at >= from)
            && query.to.is_none_or(|to| slot.at < to)
    }
}

/// Whether an entry holds a text (in lower case) in one of the fields that a person sees.
fn says(entry: &Entry, needle: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(needle);
    let key = entry.key.as_ref();
    let of_key = |text: Option<&String>| text.is_some_and(|text| holds(text));
    if holds(&entry.origin)
        || of_key(key.and_then(|key| key.number.as_ref()))
        || of_key(key.and_then(|key| key.holder.as_ref()))
    {
        return true;
    }
    match Intent::from_json(&entry.intent) {
        Ok(Intent::Check(intent)) => holds(&intent.platform_name),
        Ok(Intent::Diagnose(intent)) => holds(&intent.platform_name),
        Ok(Intent::Produce(intent)) => [
            &intent.platform_name,
            &intent.organisation,
            &intent.holder,
            &intent.key_number,
            &intent.application,
        ]
        .into_iter()
        .any(|text| holds(text)),
        Ok(Intent::Renew(intent)) => [
            &intent.platform_name,
            &intent.organisation,
            &intent.holder,
            &intent.key_number,
            &intent.application,
        ]
        .into_iter()
        .any(|text| holds(text)),
        Ok(Intent::Unlock(intent)) => [
            &intent.platform_name,
            &intent.organisation,
            &intent.holder,
            &intent.key_number,
            &intent.application,
        ]
        .into_iter()
        .any(|text| holds(text)),
        Ok(Intent::Login(intent)) => holds(&intent.platform_name),
        Ok(Intent::Bind(intent)) => [
            &intent.platform_name,
            &intent.organisation,
            &intent.account,
            &intent.person,
        ]
        .into_iter()
        .any(|text| holds(text)),
        Ok(Intent::Unbind(intent)) => [
            &intent.platform_name,
            &intent.organisation,
            &intent.account,
            &intent.person,
            &intent.key_number,
        ]
        .into_iter()
        .any(|text| holds(text)),
        Ok(Intent::Seal(intent)) => [
            &intent.platform_name,
            &intent.organisation,
            &intent.document,
            &intent.seal.name,
        ]
        .into_iter()
        .any(|text| holds(text)),
        Err(_) => false,
    }
}

/// The index of a name in a list, put there where it is new.
fn place_in(names: &mut Vec<String>, name: &str) -> usize {
    match names.iter().position(|known| known == name) {
        Some(at) => at,
        None => {
            names.push(name.to_owned());
            names.len() - 1
        }
    }
}

/// Reads a line without its end and returns how far that went. Of a line longer than [`MAX_LINE`] only so
/// much is kept that it shows as too long.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(length);
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        let room = (MAX_LINE + 1).saturating_sub(line.len());
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        let used = end.map_or(buffer.len(), |at| at + 1);
        reader.consume(used);
        length += used as u64;
        if end.is_some() {
            return Ok(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Instant;

    use contract::{Base64, KeyFamilyName};
    use pki::UnixTime;

    use super::*;
    use crate::journal::{Journal, KeyEntry, path_in};
    use crate::rfc3339;

    fn entry(number: i64) -> Entry {
        let (purpose, intent) = if number % 3 == 0 {
            let digest = "0".repeat(64);
            (
                "seal",
                format!(
                    r#"{{"purpose":"seal","v":1,"platform":"p","platform_name":"公e采","organisation":"甲","document":"投标函-{number}.pdf","document_digest":{{"algorithm":"sm3","value_hex":"{digest}"}},"pages":[1],"seal":{{"id":"s","name":"公章"}}}}"#
                ),
            )
        } else {
            (
                "login",
                r#"{"purpose":"login","v":1,"platform":"p","platform_name":"公e采"}"#.to_owned(),
            )
        };
        Entry {
            at: rfc3339(UnixTime(1_790_000_000 + number * 60)),
            origin: format!("https://s{}.com.cn", number % 5),
            purpose: purpose.into(),
            intent,
            certificate_sha256: Some("ab".repeat(32)),
            family: KeyFamilyName::Sm2,
            signed_sha256: "cd".repeat(32),
            signature: Base64(vec![7; 71]),
            seal: None,
            key: Some(KeyEntry {
                provider: Some("szca".into()),
                number: Some(format!("SZ-{number}")),
                holder: Some("林演示".into()),
            }),
        }
    }

    /// A journal of many lines, written without a sync for each: what the reader sees is the same.
    fn write(folder: &std::path::Path, lines: i64) {
        let mut file = io::BufWriter::new(File::create(path_in(folder)).unwrap());
        let mut last = String::new();
        for number in 0..lines {
            let mut value = serde_json::to_value(entry(number)).unwrap();
            value["v"] = 1.into();
            value["previous"] = last.clone().into();
            let line = value.to_string();
            last = journal::digest(line.as_bytes());
            writeln!(file, "{line}").unwrap();
        }
    }

    fn history(folder: &std::path::Path) -> History {
        let mut history = History::new(path_in(folder));
        history.catch_up().unwrap();
        history
    }

    fn numbers(history: &History, query: &Query, before: Option<usize>, most: usize) -> Vec<usize> {
        let page = history.page(query, before, most).unwrap();
        page.iter().map(|found| found.number).collect()
    }

    #[test]
    fn pages_come_newest_first_and_each_goes_on_where_the_one_before_ended() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 10);
        let history = history(folder.path());
        let all = Query::default();
        assert_eq!(numbers(&history, &all, None, 4), [9, 8, 7, 6]);
        assert_eq!(numbers(&history, &all, Some(6), 4), [5, 4, 3, 2]);
        assert_eq!(numbers(&history, &all, Some(2), 4), [1, 0]);
        assert!(numbers(&history, &all, Some(0), 4).is_empty());
        assert_eq!(history.count(&all), Some(10));
        assert_eq!(history.origins().len(), 5);
    }

    #[test]
    fn what_is_shown_is_what_fits_every_part_of_the_question() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 31);
        let history = history(folder.path());
        let seals = Query {
            purpose: Some("seal".into()),
            ..Query::default()
        };
        assert_eq!(numbers(&history, &seals, None, 3), [30, 27, 24]);
        assert_eq!(history.count(&seals), Some(11));
        let document = Query {
            text: Some(" 投标函-21.PDF ".into()),
            ..seals.clone()
        };
        assert_eq!(numbers(&history, &document, None, 10), [21]);
        assert_eq!(history.count(&document), None);
        let key = Query {
            text: Some("sz-7".into()),
            ..Query::default()
        };
        assert_eq!(numbers(&history, &key, None, 10), [7]);
        let site_and_time = Query {
            origin: Some("https://s1.com.cn".into()),
            from: Some(1_790_000_000 + 6 * 60),
            to: Some(1_790_000_000 + 16 * 60),
            ..Query::default()
        };
        assert_eq!(numbers(&history, &site_and_time, None, 10), [11, 6]);
        let nothing = Query {
            text: Some("无此文件".into()),
            ..Query::default()
        };
        assert!(numbers(&history, &nothing, None, 10).is_empty());
    }

    #[test]
    fn what_is_appended_is_seen_without_reading_the_rest_again() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 3);
        let mut history = history(folder.path());
        let mut journal = Journal::open(folder.path()).unwrap();
        journal.append(entry(3)).unwrap();
        let scanned = history.scanned;
        history.catch_up().unwrap();
        assert!(history.scanned > scanned);
        assert_eq!(numbers(&history, &Query::default(), None, 2), [3, 2]);
        assert!(history.faults().is_empty());
        assert_eq!(history.last(), journal.last());
    }

    #[test]
    fn a_line_that_was_changed_taken_out_or_cut_short_is_said_and_the_rest_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 9);
        let path = path_in(folder.path());
        let text = std::fs::read_to_string(&path).unwrap();
        let without: String = text
            .lines()
            .enumerate()
            .filter(|(at, _)| *at != 4)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        std::fs::write(&path, without).unwrap();
        let cut = history(folder.path());
        assert_eq!(
            (cut.len(), cut.faults()),
            (8, &[Fault::Broken { line: 5 }][..])
        );

        std::fs::write(&path, text.replace("投标函-3", "投标函-8")).unwrap();
        assert_eq!(history(folder.path()).faults(), [Fault::Broken { line: 5 }]);

        std::fs::write(&path, format!("{text}{{\"v\":1,\"prev")).unwrap();
        let torn = history(folder.path());
        assert_eq!(
            (torn.len(), torn.faults()),
            (9, &[Fault::Torn { line: 10 }][..])
        );

        let long = format!("{text}\"{}\"\n", "x".repeat(MAX_LINE + 5));
        std::fs::write(&path, long).unwrap();
        assert_eq!(
            history(folder.path()).faults(),
            [Fault::Broken { line: 10 }]
        );
    }

    #[test]
    fn a_hundred_thousand_lines_are_read_once_and_then_a_page_is_quick() {
        let long = std::env::var("YINXIN_TEST_LONG").is_ok_and(|value| value == "1");
        let lines: i64 = if long { 100_000 } else { 20_000 };
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), lines);
        let start = Instant::now();
        let history = history(folder.path());
        let scanned = start.elapsed();
        assert_eq!(history.len() as i64, lines);
        assert!(history.faults().is_empty());
        let start = Instant::now();
        let page = history.page(&Query::default(), None, 50).unwrap();
        let paged = start.elapsed();
        assert_eq!(page.len(), 50);
        let rare = Query {
            text: Some("投标函-0.pdf".into()),
            ..Query::default()
        };
        let start = Instant::now();
        assert_eq!(history.page(&rare, None, 50).unwrap().len(), 1);
        let searched = start.elapsed();
        let memory = history.slots.capacity() * size_of::<Slot>();
        eprintln!(
            "{lines} lines: first read {scanned:?}, a page {paged:?}, a search through all {searched:?}, {memory} bytes held"
        );
        assert!(memory < 48 * lines as usize * 2, "{memory} bytes");
        // A page costs what it shows, not what the journal holds.
        assert!(paged < scanned, "{paged:?} for a page, {scanned:?} for all");
    }
}
