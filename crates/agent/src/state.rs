//! The state folder: one agent holds it at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::files;

/// The folder with settings, consents, journal and spool, held by a lock while this lives.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    _lock: File,
}

/// Why the folder could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another agent runs on it.
    #[error("another yinxin-agent is running with the state folder {0}")]
    Held(PathBuf),
    /// It can't be made or opened.
    #[error("the state folder {folder} cannot be used: {error}")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl State {
    /// Makes the folder where it is missing and locks it.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(folder: &Path) -> Result<State, StateError> {
        let io = |error| StateError::Io {
            folder: folder.to_owned(),
            error,
        };
        files::private_folder(folder).map_err(io)?;
        let lock = files::append_to(&folder.join("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::Held(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let state = State {
            folder: folder.to_owned(),
            _lock: lock,
        };
        // What a crash left in the spool belongs to nobody.
        let _ = std::fs::remove_dir_all(state.spool());
        files::private_folder(&state.spool()).map_err(io)?;
        Ok(state)
    }

    /// The folder for files that the user picked, for as long as a window is open.
    pub fn spool(&self) -> PathBuf {
        self.folder.join("spool")
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Where commands that sign keep their journal: the agent that runs holds the folder itself.
pub fn command_folder(folder: &Path) -> PathBuf {
    folder.join("commands")
}

/// Where the state lies unless the command line says otherwise.
pub fn default_folder() -> PathBuf {
    crate::system::state_base()
        .unwrap_or_else(std::env::temp_dir)
        .join("yinxin-agent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_holds_a_state_folder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = State::open(&path).unwrap();
        assert!(matches!(State::open(&path), Err(StateError::Held(_))));
        drop(first);
        State::open(&path).unwrap();
    }
}
