//! What differs between operating systems in running a worker: what ends with it, how it ends itself, what keeps
//! its memory to itself, and whose pipes its library gets to see.
//!
//! Windows' calls have no safe binding in a library that this project has already, so they stand in [`windows`]
//! (`docs/decisions/0015-windows-calls-in-one-module.md`); the agent uses those that it needs from there.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as here;

#[cfg(any(windows, test))]
mod tcp_table;
#[cfg(windows)]
pub mod windows;
#[cfg(windows)]
use windows as here;

pub(crate) use here::{Descendants, end, harden, load, lock_folder, take_pipes};
