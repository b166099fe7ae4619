//! Insertions and removals, without asking all the time.
//!
//! A library that has `SKF_WaitForDevEvent` blocks in it in a worker of its own, beside the one that signs.
//! One that has not is asked for its device names once a second.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::process::Worker;
use crate::service::Library;
use crate::wire::{Reply, Request};
use crate::{Limits, TokenError};

/// How often a library without events is asked.
const POLL: Duration = Duration::from_secs(1);
/// How often, at most, a library that fails is started again.
const REST: Duration = Duration::from_secs(5);
/// As good as no limit: the wait ends with the [`Watcher`].
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Tells that something came or went. Dropping it ends the watching and its workers.
pub struct Watcher {
    changes: watch::Receiver<u64>,
    _tasks: JoinSet<()>,
}

impl Watcher {
    /// Watches all libraries. Must be called inside a tokio runtime.
    pub(crate) fn start(program: PathBuf, libraries: &[Library], limits: Limits) -> Watcher {
        let (sender, changes) = watch::channel(0);
        let mut tasks = JoinSet::new();
        for library in libraries {
            tasks.spawn(watch_library(
                program.clone(),
                library.clone(),
                limits,
                sender.clone(),
            ));
        }
        Watcher {
            changes,
            _tasks: tasks,
        }
    }

    /// Waits for the next change. It doesn't say what changed: list again.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // No library is watched (there is none): nothing will ever change.
            std::future::pending::<()>().await;
        }
    }
}

async fn watch_library(
    program: PathBuf,
    library: Library,
    limits: Limits,
    changes: watch::Sender<u64>,
) {
    let mut rest = tokio::time::interval(REST);
    loop {
        rest.tick().await;
        // The library may be installed later, or crash: start over, and let the reader look again.
        let _ = watch_once(&program, &library, limits, &changes).await;
        changes.send_modify(|count| *count += 1);
    }
}

async fn watch_once(
    program: &std::path::Path,
    library: &Library,
    limits: Limits,
    changes: &watch::Sender<u64>,
) -> Result<(), TokenError> {
    let mut worker = Worker::start(program, library, limits.enumerate).await?;
    loop {
        match worker
            .call("waiting", &Request::WaitForEvent, &[], FOREVER)
            .await?
        {
            Reply::Done => changes.send_modify(|count| *count += 1),
            Reply::Failed(TokenError::SymbolMissing(_) | TokenError::NotSupported(_)) => break,
            Reply::Failed(error) => return Err(error),
            _ => return Err(TokenError::Garbage("waiting".to_owned())),
        }
    }
    let mut poll = tokio::time::interval(POLL);
    let mut seen: Option<BTreeMap<String, usize>> = None;
    loop {
        let Reply::Tokens(tokens) = worker
            .call("listing", &Request::Enumerate, &[], limits.enumerate)
            .await?
        else {
            return Err(TokenError::Garbage("listing".to_owned()));
        };
        let now = tokens
            .into_iter()
            .map(|token| (token.device, token.containers.len()))
            .collect();
        if seen.as_ref().is_some_and(|before| *before != now) {
            changes.send_modify(|count| *count += 1);
        }
        seen = Some(now);
        poll.tick().await;
    }
}
