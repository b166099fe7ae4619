//! Reading one strict TOML file, with the line of whatever is wrong in it.

use std::{
    fs,
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
    paths.into_iter().map(read_file).collect()
}

fn read_file<T: DeserializeOwned>(path: PathBuf) -> Result<Parsed<T>, CatalogueError> {
    let failed = |source| CatalogueError::Read {
        path: path.clone(),
        source,
    };
    if fs::metadata(&path).map_err(failed)?.len() > FILE_LIMIT as u64 {
        return Err(CatalogueError::TooLarge {
            path,
            limit: FILE_LIMIT,
            what: "bytes",
        });
    }
    let text = fs::read_to_string(&path).map_err(failed)?;
    parse(path, text)
}

/// Parses the text of the file at `path`.
pub(crate) fn parse<T: DeserializeOwned>(
    path: PathBuf,
    text: String,
) -> Result<Parsed<T>, CatalogueError> {
    match toml::from_str(&text) {
        Ok(value) => Ok(Parsed { path, text, value }),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start).min(text.len());
            let line = text.as_bytes()[..at]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            Err(CatalogueError::Refused {
                path,
                line,
                reason: error.message().to_owned(),
            })
        }
    }
}
