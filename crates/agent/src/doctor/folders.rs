//! The agent's folders: whether a file can be written there, how much room is left, and what a crash left behind.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use doctor::machine::FoldersSeen;
use pki::UnixTime;

/// A file in the spool that is older belongs to no window that is open.
const STALE_SECONDS: i64 = 24 * 3600;
/// A file of this size tells whether there is room: smaller ones fit into what a full disk keeps back.
const TRIAL: usize = 256 * 1024;

/// Looks at the state folder and at where the programs lie.
pub(super) fn seen(state: &Path, programs: &[PathBuf], now: UnixTime) -> FoldersSeen {
    let mut paths = vec![state.to_owned()];
    paths.extend(
        programs
            .iter()
            .filter_map(|program| program.parent())
            .map(Path::to_owned),
    );
    paths.dedup();
    FoldersSeen {
        stale: stale(state, now),
        free_bytes: free(state),
        refused: written(state).err().map(|error| error.to_string()),
        paths,
    }
}

/// Files of the spool that belong to nobody any more.
pub(super) fn stale(state: &Path, now: UnixTime) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(state.join("spool")) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| changed(&entry.path()).is_some_and(|at| now.0 - at.0 > STALE_SECONDS))
        .map(|entry| entry.path())
        .take(100)
        .collect()
}

/// Writes a file and takes it away. A folder that is not there yet is made by the agent's first start.
fn written(state: &Path) -> std::io::Result<()> {
    if !state.exists() {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new_in(state)?;
    file.write_all(&vec![0; TRIAL])?;
    file.as_file().sync_all()
}

#[cfg(unix)]
fn free(state: &Path) -> Option<u64> {
    let there = state.ancestors().find(|folder| folder.exists())?;
    let about = rustix::fs::statvfs(there).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    // The trial file tells.
    None
}

fn changed(path: &Path) -> Option<UnixTime> {
    let at = path.symlink_metadata().ok()?.modified().ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(UnixTime(i64::try_from(since.as_secs()).ok()?))
}

/// When the newest file of a folder was changed.
pub(super) fn newest(folder: &Path, depth: usize) -> Option<UnixTime> {
    if depth > 3 {
        return None;
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let newest = entries.filter_map(|entry| {
        if entry.file_type().ok()?.is_dir() {
            return self::newest(&entry.path(), depth + 1);
        }
        changed(&entry.path())
    });
    newest.max()
}
