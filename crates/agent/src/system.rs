//! What differs between operating systems for the agent, and nothing else: whose a file is, where state lies, how
//! the process is told to end, how a page is opened, how a line is typed unseen.
//!
//! | what | Unix | Windows |
//! |---|---|---|
//! | private files | modes 0600, 0700 | the list of the user's own folder, which files inherit |
//! | a rename that is on disk | the folder is synced | the system keeps that promise itself |
//! | state | `$XDG_STATE_HOME`, `~/.local/state` | `%LOCALAPPDATA%` |
//! | told to end | SIGINT, SIGTERM | Ctrl-C, a closed console, the end of the session |
//! | a page | `xdg-open` | the handler of `http:` |
//! | no echo | termios | the console's mode |
//!
//! Whose a connection is stands in [`crate::peers`], starting with the session in [`crate::service`].

#[cfg(unix)]
#[path = "system/unix.rs"]
mod here;
#[cfg(windows)]
#[path = "system/windows.rs"]
mod here;

pub use here::{
    Silence, Stop, harden, leave_own_console, open_page, private, private_folders, state_base,
    stdin_file, sync_folder,
};
