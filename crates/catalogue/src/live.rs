//! Files that are read again when one of them has changed, without a restart. A file that is wrong leaves the
//! last right reading in force, and is told once.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use pki::UnixTime;

use crate::CatalogueError;

type Load<T, E> = Box<dyn Fn() -> Result<T, E> + Send + Sync>;
type Report<E> = Box<dyn Fn(Result<(), &E>) + Send + Sync>;
/// Every file with its length and time of change.
type Fingerprint = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// What some folders say, as they say it now.
pub struct Live<T, E = CatalogueError> {
    source: Option<Source<T, E>>,
    reading: Mutex<Reading<T>>,
}

struct Source<T, E> {
    folders: Vec<PathBuf>,
    load: Load<T, E>,
    report: Report<E>,
}

struct Reading<T> {
    value: Arc<T>,
    fingerprint: Fingerprint,
    looked_at: UnixTime,
}

impl<T, E> Live<T, E> {
    /// Reads once; a program does not start on files that are wrong. `load` reads all of `folders`; `report`
    /// hears of every later change, taken over or refused.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn open(
        folders: Vec<PathBuf>,
        now: UnixTime,
        load: impl Fn() -> Result<T, E> + Send + Sync + 'static,
        report: impl Fn(Result<(), &E>) + Send + Sync + 'static,
    ) -> Result<Self, E> {
        // The fingerprint is taken first: a change in between is found at the next look.
        let fingerprint = fingerprint(&folders);
        let value = Arc::new(load()?);
        Ok(Self {
            source: Some(Source {
                folders,
                load: Box::new(load),
                report: Box::new(report),
            }),
            reading: Mutex::new(Reading {
                value,
                fingerprint,
                looked_at: now,
            }),
        })
    }

    /// What never changes.
    pub fn fixed(value: T) -> Self {
        Self {
            source: None,
            reading: Mutex::new(Reading {
                value: Arc::new(value),
                fingerprint: Fingerprint::new(),
                looked_at: UnixTime(0),
            }),
        }
    }

    /// What the files say now; while one of them is wrong, what they said last. The folders are looked at once a
    /// second at most.
    pub fn current(&self, now: UnixTime) -> Arc<T> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = &self.source
            && now != reading.looked_at
        {
            reading.looked_at = now;
            let fingerprint = fingerprint(&source.folders);
            if fingerprint != reading.fingerprint {
                reading.fingerprint = fingerprint;
                match (source.load)() {
                    Ok(value) => {
                        reading.value = Arc::new(value);
                        (source.report)(Ok(()));
                    }
                    Err(error) => (source.report)(Err(&error)),
                }
            }
        }
        Arc::clone(&reading.value)
    }
}

fn fingerprint(folders: &[PathBuf]) -> Fingerprint {
    folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((entry.path(), (metadata.len(), metadata.modified().ok())))
        })
        .collect()
}
