//! What the agent mends by itself. Each deed says what was done; none touches a PIN, a key or the record of what
//! was signed.

use std::path::Path;

use doctor::Action;
use doctor::machine::ServiceSeen;
use pki::UnixTime;
use serde::Serialize;
use token::TokenService;

use super::folders;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// What.
    pub action: String,
    /// How many things: workers, files.
    pub count: usize,
    /// Commands that were run, or that are left to the user.
    pub commands: Vec<String>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeedError {
    /// It is a page's to do, or the user's.
    #[error("{0} is not done by this program")]
    NotOurs(&'static str),
    /// What the service manager said.
    #[error("{0}")]
    Service(String),
}

/// Mends what one action can mend.
///
/// # Errors
/// [`DeedError`].
pub fn perform(
    action: Action,
    tokens: Option<&TokenService>,
    state: &Path,
    now: UnixTime,
) -> Result<Done, DeedError> {
    let mut done = Done {
        action: action.name().to_owned(),
        ..Done::default()
    };
    match action {
        Action::RestartWorker => {
            done.count = tokens.map_or(0, TokenService::restart);
        }
        Action::ClearStale => {
            for path in folders::stale(state, now) {
                let gone = if path.is_dir() {
                    std::fs::remove_dir_all(&path)
                } else {
                    std::fs::remove_file(&path)
                };
                done.count += usize::from(gone.is_ok());
            }
        }
        // The service takes the first free port of its list whenever it starts.
        Action::StartService | Action::Reregister | Action::NextPort => start(&mut done)?,
        other => return Err(DeedError::NotOurs(other.name())),
    }
    Ok(done)
}

#[cfg(target_os = "linux")]
fn start(done: &mut Done) -> Result<(), DeedError> {
    let manager = crate::service::Manager::of_process()
        .map_err(|error| DeedError::Service(error.to_string()))?;
    let started = manager
        .start()
        .map_err(|error| DeedError::Service(error.to_string()))?;
    done.count = started.ran.len();
    done.commands = started.ran.into_iter().chain(started.to_run).collect();
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn start(_: &mut Done) -> Result<(), DeedError> {
    // The Run key holds its own command line; installing it anew starts it.
    Err(DeedError::NotOurs("start_service"))
}

/// How the service is; nothing where nobody can say.
#[cfg(any(target_os = "linux", windows))]
pub(super) fn service() -> Option<ServiceSeen> {
    let status = crate::service::Manager::of_process().ok()?.status();
    Some(ServiceSeen {
        installed: status.installed,
        active: status.active,
    })
}

#[cfg(not(any(target_os = "linux", windows)))]
pub(super) fn service() -> Option<ServiceSeen> {
    None
}
