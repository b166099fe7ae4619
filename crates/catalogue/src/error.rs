//! What can be wrong with a catalogue, told with file and line.

use std::path::PathBuf;

/// Why a catalogue or the platforms could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file or folder could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A line does not say what such a file may say.
    #[error("{}:{line}: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is larger than any honest one, or there are too many.
    #[error("{}: more than {limit} {what}", path.display())]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
        /// What is counted.
        what: &'static str,
    },
    /// Two files claim one issuer, so that a certificate would belong to both.
    #[error("{} and {} both list the issuer of the other", first.display(), second.display())]
    SharedIssuer {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// An anchor file holds something other than certificates.
    #[error("{}: {reason}", path.display())]
    Anchor {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder holds no file of the kind asked for.
    #[error("{}: no *.toml file", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}
