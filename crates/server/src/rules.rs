//! The catalogue and the platforms as they stand in their files now: a changed line counts without a restart.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use catalogue::{Catalogue, CatalogueError, Platform, Platforms};
use domain::{Span, Timestamp};

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
}

/// Reads the files again when one of them has changed.
pub struct RuleBook {
    folders: RuleFolders,
    current: Mutex<Reading>,
}

struct Reading {
    rules: Arc<Rules>,
    fingerprint: Fingerprint,
    looked_at: Timestamp,
}

/// Every file with its length and time of change.
type Fingerprint = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// The folders are looked at no more often than this.
const LOOK_EVERY: Span = Span::seconds(1);

impl Rules {
    fn load(folders: &RuleFolders) -> Result<Self, CatalogueError> {
        let anchors: Vec<&Path> = folders.anchors.iter().map(PathBuf::as_path).collect();
        let catalogue = Catalogue::load_with_anchors(&folders.catalogue, &anchors)?;
        let platforms = Platforms::load(&folders.platforms, &catalogue)?;
        Ok(Self {
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

/// What follows the scheme; default ports never stand in an origin, nor in a browser's Host header.
fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, rest)| rest)
}

impl RuleBook {
    /// Reads everything once; a program does not start on files that are wrong.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn open(folders: RuleFolders, now: Timestamp) -> Result<Self, CatalogueError> {
        // The fingerprint is taken first: a change in between is found at the next look.
        let fingerprint = fingerprint(&folders);
        let rules = Arc::new(Rules::load(&folders)?);
        Ok(Self {
            folders,
            current: Mutex::new(Reading {
                rules,
                fingerprint,
                looked_at: now,
            }),
        })
    }

    /// The rules as the files say now. While a file is wrong, the last right reading counts and the log says why.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Arc<Rules> {
        let mut reading = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(reading.looked_at) >= LOOK_EVERY || now < reading.looked_at {
            reading.looked_at = now;
            let fingerprint = fingerprint(&self.folders);
            if fingerprint != reading.fingerprint {
                reading.fingerprint = fingerprint;
                match Rules::load(&self.folders) {
                    Ok(rules) => reading.rules = Arc::new(rules),
                    Err(error) => {
                        tracing::error!(%error, "the catalogue's files are wrong; the last reading still counts")
                    }
                }
            }
        }
        Arc::clone(&reading.rules)
    }
}

fn fingerprint(folders: &RuleFolders) -> Fingerprint {
    let channels = folders.catalogue.join("channels");
    [&folders.catalogue, &channels, &folders.platforms]
        .into_iter()
        .chain(&folders.anchors)
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((entry.path(), (metadata.len(), metadata.modified().ok())))
        })
        .collect()
}
