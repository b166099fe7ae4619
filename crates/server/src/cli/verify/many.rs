//! Many files: folders and what lies below them, one after the other, a line for each and a summary.
//!
//! In a folder the files count that are called `.pdf` or `.ofd`; links are not followed, so that a walk stays below
//! where it began and ends. A file that is named itself counts whatever it is called.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use contract::{Report, Verdict};
use serde::Serialize;

use super::{Arguments, Judge, Language, VerifyError, text};

/// Folders below folders.
const MAX_DEPTH: usize = 32;
/// Files of one run.
const MAX_FILES: usize = 100_000;
/// Entries that are looked at in one run.
const MAX_ENTRIES: usize = 1_000_000;

/// A line of JSON for a file.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Report { path: &'a str, report: &'a Report },
    Error { path: &'a str, error: String },
}

/// The last line of JSON.
#[derive(Serialize)]
struct Last {
    summary: Summary,
}

/// How many there were of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    pub files: usize,
    pub valid: usize,
    pub invalid: usize,
    pub indeterminate: usize,
    pub unsigned: usize,
    /// Files and folders that could not be read.
    pub unreadable: usize,
}

/// What a walk found.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    failures: Vec<(PathBuf, String)>,
    entries: usize,
}

/// Verifies every file that the arguments name or that lies in a folder that they name.
pub(super) fn run(arguments: &Arguments, language: Language) -> Result<ExitCode, VerifyError> {
    let mut walk = Walk::default();
    for path in &arguments.paths {
        walk.take(path, path.is_dir());
    }
    let mut judge = Judge::new(arguments)?;
    let mut summary = Summary::default();
    let (mut out, progress) = (io::stdout().lock(), Progress::new(walk.files.len()));
    for (at, path) in walk.files.iter().enumerate() {
        progress.at(at + 1, path);
        let judged = judge.report(path);
        progress.clear();
        let shown = path.display().to_string();
        summary.files += 1;
        match &judged {
            Ok(report) => {
                summary.count(report.verdict);
                if arguments.json {
                    let path = shown.as_str();
                    json(&mut out, &Line::Report { path, report })?;
                } else {
                    write(&mut out, &text::line(&shown, report, language))?;
                }
            }
            Err(error) => walk.failures.push((path.clone(), error.to_string())),
        }
    }
    for (path, error) in walk.failures {
        summary.unreadable += 1;
        if arguments.json {
            let path = path.display().to_string();
            json(&mut out, &Line::Error { path: &path, error })?;
        } else {
            eprintln!(
                "yinxin verify: {}: {error}",
                text::plain(&path.display().to_string())
            );
        }
    }
    if arguments.json {
        json(&mut out, &Last { summary })?;
    } else {
        write(&mut out, &text::summary(&summary, language))?;
    }
    Ok(ExitCode::from(summary.exit_code()))
}

impl Walk {
    fn take(&mut self, path: &Path, folder: bool) {
        if folder {
            self.folder(path, 0);
        } else {
            self.files.push(path.to_owned());
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let mut fail = |why: String| self.failures.push((folder.to_owned(), why));
        if depth > MAX_DEPTH {
            return fail(format!("more than {MAX_DEPTH} folders deep: not looked at"));
        }
        let mut entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>(),
            Err(error) => Err(error),
        };
        let entries = match &mut entries {
            Ok(entries) => entries,
            Err(error) => return fail(error.to_string()),
        };
        // The same order in every run.
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            if self.entries > MAX_ENTRIES || self.files.len() >= MAX_FILES {
                let why = format!("more than {MAX_FILES} files: the rest is not looked at");
                return self.failures.push((folder.to_owned(), why));
            }
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&path, depth + 1),
                Ok(kind) if kind.is_file() && is_document(&path) => self.files.push(path),
                Ok(_) => {}
                Err(error) => self.failures.push((path, error.to_string())),
            }
        }
    }
}

fn is_document(path: &Path) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|ending| {
            ["pdf", "ofd"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
}

impl Summary {
    fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Valid => &mut self.valid,
            Verdict::Invalid => &mut self.invalid,
            Verdict::Indeterminate => &mut self.indeterminate,
            Verdict::Unsigned => &mut self.unsigned,
        } += 1;
    }

    /// The worst counts: 1 where a file is invalid or unsigned, else 2 where one could not be read or there was none,
    /// else 3 where one is indeterminate, else 0.
    pub(super) const fn exit_code(self) -> u8 {
        if self.invalid + self.unsigned > 0 {
            1
        } else if self.unreadable > 0 || self.files == 0 {
            2
        } else if self.indeterminate > 0 {
            3
        } else {
            0
        }
    }
}

fn json(out: &mut impl io::Write, line: &impl Serialize) -> Result<(), VerifyError> {
    let text = serde_json::to_string(line).map_err(|error| VerifyError::Output(error.into()))?;
    write(out, &format!("{text}\n"))
}

/// Whoever reads by a pipe gets each line when it is there.
fn write(out: &mut impl io::Write, text: &str) -> Result<(), VerifyError> {
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(VerifyError::Output)
}

/// A line on the terminal that says where the run is; nothing where nobody looks.
struct Progress {
    all: usize,
    seen: bool,
}

impl Progress {
    fn new(all: usize) -> Self {
        Self {
            all,
            seen: io::stderr().is_terminal(),
        }
    }

    fn at(&self, number: usize, path: &Path) {
        if self.seen {
            let name = text::plain(&path.file_name().unwrap_or_default().to_string_lossy());
            let short: String = name.chars().take(40).collect();
            let _ = write!(io::stderr(), "\r\x1b[K[{number}/{}] {short}", self.all);
        }
    }

    fn clear(&self) {
        if self.seen {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_that_of_the_worst_file() {
        let of = |valid, invalid, unsigned, indeterminate, unreadable| {
            let files = valid + invalid + unsigned + indeterminate;
            Summary {
                files,
                valid,
                invalid,
                indeterminate,
                unsigned,
                unreadable,
            }
            .exit_code()
        };
        assert_eq!(of(2, 0, 0, 0, 0), 0);
        assert_eq!(of(2, 0, 0, 1, 0), 3);
        assert_eq!(of(2, 0, 0, 1, 1), 2);
        assert_eq!(of(2, 0, 1, 1, 1), 1);
        assert_eq!(of(2, 1, 0, 0, 0), 1);
        assert_eq!(of(0, 0, 0, 0, 0), 2, "nothing was verified");
    }
}
