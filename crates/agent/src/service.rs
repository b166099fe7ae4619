//! The agent as a service that starts with the user's session.
//!
//! | system | what |
//! |---|---|
//! | Linux | a unit of systemd's user manager, `systemd` |
//! | Windows | an entry of the user's `Run` key, `run_key` |
//!
//! What a system's file gives: a `Manager` with `install`, `uninstall`, `status` over a [`Plan`], each saying what
//! it [`Done`] did and what is left to run by hand; and what would be `written`. Installing twice changes nothing, and uninstalling takes all of it away.

#[cfg(target_os = "linux")]
pub mod systemd;
#[cfg(target_os = "linux")]
pub use systemd::{Manager, unit as written};

#[cfg(windows)]
pub mod run_key;
#[cfg(windows)]
pub use run_key::{Manager, written};

use std::ffi::OsString;
use std::path::PathBuf;

use serde::Serialize;

/// What is to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The program, absolute.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Files that were written or taken away.
    pub files: Vec<PathBuf>,
    /// Commands that were run.
    pub ran: Vec<String>,
    /// Commands that are left to the user, as there was nobody to run them with.
    pub to_run: Vec<String>,
}

/// How the service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it is installed.
    pub installed: bool,
    /// Whether it runs; `None` where nobody could say.
    pub active: Option<bool>,
    /// Where it is written down.
    pub file: PathBuf,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// This user has no folder for it.
    #[error("neither XDG_CONFIG_HOME nor HOME says where this user's units lie")]
    NoHome,
    /// A path that the service manager can't be told.
    #[error("{0} cannot stand in a unit file, or in a line that starts with the session")]
    Path(String),
    /// What the system said.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said of it.
        error: std::io::Error,
    },
    /// The service manager refused.
    #[error("{command}: {said}")]
    Refused {
        /// The command.
        command: String,
        /// What it said.
        said: String,
    },
    /// No service manager that is known here.
    #[error("services are not installed by this program on this system")]
    Unsupported,
}
