//! POSIX, and the places of the XDG base directory specification.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Files made with these options are their owner's alone.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Folders made with this are their owner's alone.
pub fn private_folders(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder.mode(0o700)
}

/// Makes sure that a rename in the folder is on disk.
///
/// # Errors
/// What the system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder under which programs of this user keep their state; `None` where nothing says so.
pub fn state_base() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    named
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))
}

/// Opens a page in the user's browser: a convenience, so without a browser nothing happens.
pub fn open_page(url: &str) {
    let _ = std::process::Command::new("xdg-open").arg(url).spawn();
}

/// A console that was opened for this process alone is a matter of Windows.
pub fn leave_own_console() {}

/// Makes the process not dumpable and its core files empty; what the system does not offer is passed over.
pub fn harden() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "the process stays dumpable");
        }
    }
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core files are not switched off");
    }
}

/// The signals that end the agent.
#[derive(Debug)]
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Listens from now on. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen() -> io::Result<Stop> {
        Ok(Stop {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits until the agent is told to end.
    pub async fn told(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The terminal without its echo, until this is dropped.
#[derive(Debug)]
pub struct Silence {
    before: Termios,
}

impl Silence {
    /// Switches the echo of the terminal behind standard input off.
    ///
    /// # Errors
    /// What the system says: standard input is no terminal.
    pub fn keep() -> io::Result<Silence> {
        let stdin = io::stdin();
        let before = tcgetattr(stdin.as_fd())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin.as_fd(), OptionalActions::Now, &silent)?;
        Ok(Silence { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin().as_fd(), OptionalActions::Now, &self.before);
    }
}

/// Standard input without the buffer that the standard library puts before it.
///
/// # Errors
/// What the system says.
pub fn stdin_file() -> io::Result<File> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}
