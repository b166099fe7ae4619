//! The catalogue and the platforms as they stand in their files now: a changed line counts without a restart.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::{Catalogue, CatalogueError, Live, Platform, Platforms};
use domain::Timestamp;
use domain::calendar::Calendar;

/// Where the files are.
#[derive(Clone, Debug)]
pub struct RuleFolders {
    /// Providers and channels.
    pub catalogue: PathBuf,
    /// Trust anchors and intermediates, first folder first.
    pub anchors: Vec<PathBuf>,
    /// Platforms.
    pub platforms: PathBuf,
}

/// One consistent reading of all of them.
#[derive(Debug)]
pub struct Rules {
    /// Providers.
    pub catalogue: Catalogue,
    /// Platforms.
    pub platforms: Platforms,
    /// Holidays, for counting working days.
    pub calendar: Calendar,
}

/// Why the rules could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Providers or platforms.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The holidays.
    #[error("{path}: {reason}", path = path.display())]
    Calendar {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Where the holidays stand in the catalogue's folder; a catalogue without the file counts weekends alone.
const HOLIDAYS: &str = "calendar/holidays.toml";
/// No table of holidays comes near this.
const HOLIDAYS_LIMIT: u64 = 256 * 1024;

/// Reads the files again when one of them has changed.
pub struct RuleBook(Live<Rules, RuleError>);

impl Rules {
    fn load(folders: &RuleFolders) -> Result<Self, RuleError> {
        let anchors: Vec<&Path> = folders.anchors.iter().map(PathBuf::as_path).collect();
        let catalogue = Catalogue::load_with_anchors(&folders.catalogue, &anchors)?;
        let platforms = Platforms::load(&folders.platforms, &catalogue)?;
        Ok(Self {
            calendar: read_calendar(&folders.catalogue.join(HOLIDAYS))?,
            catalogue,
            platforms,
        })
    }

    /// The platform whose origin has this authority (`host` or `host:port`, as in a Host header).
    #[must_use]
    pub fn platform_of_host(&self, host: &str, port: u16) -> Option<&Platform> {
        self.platforms
            .iter()
            .find(|platform| authority(&platform.origin(port)).eq_ignore_ascii_case(host))
    }
}

fn read_calendar(path: &Path) -> Result<Calendar, RuleError> {
    let failed = |reason: String| RuleError::Calendar {
        path: path.to_owned(),
        reason,
    };
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Calendar::default());
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    if length > HOLIDAYS_LIMIT {
        return Err(failed(format!("more than {HOLIDAYS_LIMIT} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Calendar::parse(&text).map_err(|error| failed(error.to_string()))
}

/// What follows the scheme; default ports never stand in an origin, nor in a browser's Host header.
fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, rest)| rest)
}

impl RuleBook {
    /// Reads everything once; a program does not start on files that are wrong.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn open(folders: RuleFolders, now: Timestamp) -> Result<Self, RuleError> {
        let watched = Catalogue::folders(&folders.catalogue)
            .into_iter()
            .chain([
                folders.platforms.clone(),
                folders.catalogue.join("calendar"),
            ])
            .chain(folders.anchors.iter().cloned())
            .collect();
        let load = move || Rules::load(&folders);
        Live::open(watched, now.into(), load, report).map(Self)
    }

    /// The rules as the files say now. While a file is wrong, the last right reading counts and the log says why.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Arc<Rules> {
        self.0.current(now.into())
    }
}

fn report(change: Result<(), &RuleError>) {
    match change {
        Ok(()) => tracing::info!("the catalogue's files have changed and were read again"),
        Err(error) => {
            tracing::error!(%error, "the catalogue's files are wrong; the last reading still counts");
        }
    }
}
