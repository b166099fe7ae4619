//! Windows. The calls that have no safe binding stand in [`token::system::windows`].

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::windows::io::AsHandle as _;
use std::os::windows::process::CommandExt as _;
use std::path::{Path, PathBuf};

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
    ctrl_logoff, ctrl_shutdown,
};

pub use token::system::windows::{Silence, leave_own_console};

/// `CREATE_NO_WINDOW`.
const NO_WINDOW: u32 = 0x0800_0000;

/// Files inherit the list of their folder, and that of [`state_base`] names this user, the administrators and the
/// system only.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// As [`private`].
pub fn private_folders(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

/// A folder can't be synced here; NTFS writes a rename to its journal itself.
///
/// # Errors
/// None.
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// `%LOCALAPPDATA%`: this computer's, not what travels with the user's profile.
pub fn state_base() -> Option<PathBuf> {
    std::env::var_os("LOCALAPPDATA")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// Opens a page in the user's browser: a convenience, so without a browser nothing happens. `start` would have
/// `cmd` read the address; this hands it to the handler of its scheme.
pub fn open_page(url: &str) {
    let system = std::env::var_os("SystemRoot").map(PathBuf::from);
    let Some(system) = system.filter(|path| path.is_absolute()) else {
        return;
    };
    let _ = std::process::Command::new(system.join(r"System32\rundll32.exe"))
        .args(["url.dll,FileProtocolHandler", url])
        .creation_flags(NO_WINDOW)
        .spawn();
}

/// Shuts the process's memory to other programs of the user, and keeps it out of crash reports; what the system
/// does not offer is passed over.
pub fn harden() {
    if let Err(error) = token::system::windows::harden() {
        tracing::warn!(%error, "other programs of this user can read the process");
    }
}

/// What ends the agent.
#[derive(Debug)]
pub struct Stop {
    interrupt: CtrlC,
    interrupt_too: CtrlBreak,
    close: CtrlClose,
    logoff: CtrlLogoff,
    shutdown: CtrlShutdown,
}

impl Stop {
    /// Listens from now on. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen() -> io::Result<Stop> {
        Ok(Stop {
            interrupt: ctrl_c()?,
            interrupt_too: ctrl_break()?,
            close: ctrl_close()?,
            logoff: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// Waits until the agent is told to end.
    pub async fn told(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.interrupt_too.recv() => {}
            _ = self.close.recv() => {}
            _ = self.logoff.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}

/// Standard input without the buffer that the standard library puts before it.
///
/// # Errors
/// What the system says.
pub fn stdin_file() -> io::Result<File> {
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}
