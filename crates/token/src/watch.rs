//! Insertions and removals, without asking all the time.
//!
//! A library that has `SKF_WaitForDevEvent` blocks in it in a worker of its own, beside the one that signs.
//! One that has not, or whose wait does not wait, is asked for its device names twice a second.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::process::Worker;
use crate::service::Library;
use crate::wire::{Reply, Request};
use crate::{Limits, TokenError};

/// How often a library without events is asked for the names of its devices: a change is told within a second.
const POLL: Duration = Duration::from_millis(500);
/// How often in a row a library may tell of an event after which the same devices are there, before it is asked
/// instead.
const MOST_IDLE_TURNS: u32 = 16;
/// How often, at most, a library that fails is started again.
const REST: Duration = Duration::from_secs(5);
/// As good as no limit: the wait ends with the [`Watcher`].
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Tells that something came or went, and once for each library when its watching begins. Dropping it ends the watching and its workers.
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
    let mut seen = loop {
        match present(&mut worker, limits).await {
            // Another process of ours writes; it has its turn, and ours comes.
            Err(TokenError::Busy) => {}
            other => break other?,
        }
    };
    // What came before this look, and after the reader's own, is told by nobody else.
    changes.send_modify(|count| *count += 1);
    let mut idle_turns = 0;
    loop {
        let reply = worker
            .call("waiting", &Request::WaitForEvent, &[], FOREVER)
            .await?;
        match reply {
            Reply::Done => {}
            Reply::Failed(TokenError::SymbolMissing(_) | TokenError::NotSupported(_)) => break,
            Reply::Failed(error) => return Err(error),
            _ => return Err(TokenError::Garbage("waiting".to_owned())),
        }
        let now = match present(&mut worker, limits).await {
            Err(TokenError::Busy) => seen.clone(),
            other => other?,
        };
        // A key may be pulled and plugged again between two looks: what the library tells counts.
        changes.send_modify(|count| *count += 1);
        // But one whose wait does not wait would keep a processor busy for ever.
        idle_turns = if now == seen { idle_turns + 1 } else { 0 };
        if idle_turns == MOST_IDLE_TURNS {
            break;
        }
        seen = now;
    }
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        poll.tick().await;
        let now = match present(&mut worker, limits).await {
            Err(TokenError::Busy) => continue,
            other => other?,
        };
        if now != seen {
            changes.send_modify(|count| *count += 1);
        }
        seen = now;
    }
}

/// The devices that are there, by name: what is on them isn't read.
async fn present(worker: &mut Worker, limits: Limits) -> Result<Vec<String>, TokenError> {
    let (operation, limit) = ("listing", limits.enumerate);
    let names = worker
        .call(operation, &Request::ListDevices, &[], limit)
        .await?;
    let mut names = match names {
        Reply::Devices(names) => names,
        Reply::Failed(TokenError::NotSupported(_)) => {
            match worker
                .call(operation, &Request::Enumerate, &[], limit)
                .await?
            {
                Reply::Tokens(tokens) => tokens.into_iter().map(|token| token.device).collect(),
                Reply::Failed(error) => return Err(error),
                _ => return Err(TokenError::Garbage(operation.to_owned())),
            }
        }
        Reply::Failed(error) => return Err(error),
        _ => return Err(TokenError::Garbage(operation.to_owned())),
    };
    names.sort();
    Ok(names)
}
