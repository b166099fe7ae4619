//! Reading one strict TOML file, with the line of whatever is wrong in it.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::{CatalogueError, ProviderId};

/// No file of a catalogue comes near this.
const FILE_LIMIT: usize = 256 * 1024;
/// More providers than there are licensed CAs.
const COUNT_LIMIT: usize = 1024;

/// A parsed file and what is needed to point at a line of it.
pub(crate) struct Parsed<T> {
    pub path: PathBuf,
    pub text: String,
    pub value: T,
}

impl<T> Parsed<T> {
    /// An error that points at the first line that mentions `needle` (line 1 where none does).
    pub fn refuse(&self, needle: &str, reason: String) -> CatalogueError {
        let line = self
            .text
            .lines()
            .position(|line| line.contains(needle))
            .map_or(1, |at| at + 1);
        CatalogueError::Refused {
            path: self.path.clone(),
            line,
            reason,
        }
    }

    /// A file is found by its name: the id inside must be the same.
    pub fn named(&self, id: &ProviderId) -> Result<(), CatalogueError> {
        if self.path.file_stem().and_then(|stem| stem.to_str()) == Some(id.as_str()) {
            return Ok(());
        }
        Err(self.refuse(
            "id",
            format!("the id `{id}` differs from the name of the file"),
        ))
    }
}

/// Every `*.toml` of a folder, in the order of the names.
pub(crate) fn read_folder<T: DeserializeOwned>(
    folder: &Path,
) -> Result<Vec<Parsed<T>>, CatalogueError> {
    let read = |path: PathBuf| {
        let text = read_text(&path)?;
        parse(path, text)
    };
    paths_of(folder)?.into_iter().map(read).collect()
}

/// The paths of every `*.toml` of a folder, in their order.
pub(crate) fn paths_of(folder: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let failed = |source| CatalogueError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
        if paths.len() > COUNT_LIMIT {
            return Err(CatalogueError::TooLarge {
                path: folder.to_owned(),
                limit: COUNT_LIMIT,
                what: "files",
            });
        }
    }
    paths.sort();
    Ok(paths)
}

/// The text of a file of a catalogue, with its limit.
pub(crate) fn read_text(path: &Path) -> Result<String, CatalogueError> {
    let failed = |source| CatalogueError::Read {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(failed)?.len() > FILE_LIMIT as u64 {
        return Err(CatalogueError::TooLarge {
            path: path.to_owned(),
            limit: FILE_LIMIT,
            what: "bytes",
        });
    }
    fs::read_to_string(path).map_err(failed)
}

/// Parses the text of the file at `path`.
pub(crate) fn parse<T: DeserializeOwned>(
    path: PathBuf,
    text: String,
) -> Result<Parsed<T>, CatalogueError> {
    match toml::from_str(&text) {
        Ok(value) => Ok(Parsed { path, text, value }),
        Err(error) => Err(refused(&path, &text, &error)),
    }
}

fn refused(path: &Path, text: &str, error: &toml::de::Error) -> CatalogueError {
    let at = offset_of(error, text);
    let line = text.as_bytes()[..at]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1;
    CatalogueError::Refused {
        path: path.to_owned(),
        line,
        reason: error.message().to_owned(),
    }
}

fn offset_of(error: &toml::de::Error, text: &str) -> usize {
    error.span().map_or(0, |span| span.start).min(text.len())
}

/// No file has more faults worth telling at once.
const FAULT_LIMIT: usize = 64;

/// [`parse`], but with every fault that can be told from the others: each statement at fault is taken out, and
/// what remains is read again. A value comes back where there was none.
pub(crate) fn parse_fully<T: DeserializeOwned>(
    path: &Path,
    text: String,
) -> Result<Parsed<T>, Vec<CatalogueError>> {
    let (_, syntax) = toml::de::DeTable::parse_recoverable(&text);
    let mut faults: Vec<CatalogueError> = syntax
        .iter()
        .take(FAULT_LIMIT)
        .map(|error| refused(path, &text, error))
        .collect();
    let (mut rest, mut removed) = (text.clone(), Vec::new());
    while faults.len() < FAULT_LIMIT && syntax.is_empty() {
        let error = match toml::from_str::<T>(&rest) {
            Ok(value) if faults.is_empty() => {
                return Ok(Parsed {
                    path: path.to_owned(),
                    text,
                    value,
                });
            }
            Ok(_) => break,
            Err(error) => error,
        };
        // What was taken out may be missed now; that is no fault of the file's.
        let of_ours = removed
            .iter()
            .any(|key: &String| error.message() == format!("missing field `{key}`"));
        if of_ours {
            break;
        }
        faults.push(refused(path, &rest, &error));
        let Some((key, range)) = toml::de::DeTable::parse(&rest)
            .ok()
            .and_then(|table| statement(table.get_ref(), offset_of(&error, &rest)))
        else {
            break;
        };
        // Blanks keep the lines where they are.
        let blank: String = rest[range.clone()]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        rest.replace_range(range, &blank);
        removed.push(key);
    }
    Err(faults)
}

/// The innermost `key = value` around an offset: its key, and where it stands.
fn statement(table: &toml::de::DeTable<'_>, at: usize) -> Option<(String, Range<usize>)> {
    table.iter().find_map(|(key, value)| {
        let inside = match value.get_ref() {
            toml::de::DeValue::Table(inner) => statement(inner, at),
            toml::de::DeValue::Array(items) => items.iter().find_map(|item| match item.get_ref() {
                toml::de::DeValue::Table(inner) => statement(inner, at),
                _ => None,
            }),
            _ => None,
        };
        // A table under a header of its own is no statement; an inline one is.
        let whole = key.span().start..value.span().end;
        let here = whole.start <= at && at < whole.end;
        inside.or_else(|| here.then(|| (key.get_ref().to_string(), whole)))
    })
}
