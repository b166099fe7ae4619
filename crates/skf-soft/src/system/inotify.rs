//! Linux: inotify tells of the drawer, an event counter of a cancel.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use super::Woken;
use crate::sar::Sar;

/// Wakes a waiting call: its count is above zero after a cancel.
static CANCEL: OnceLock<OwnedFd> = OnceLock::new();

fn cancel_event() -> Result<&'static OwnedFd, Sar> {
    if let Some(event) = CANCEL.get() {
        return Ok(event);
    }
    let made = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|_| Sar::FAIL)?;
    Ok(CANCEL.get_or_init(|| made))
}

/// A look-out over the drawer from the moment of its making.
pub struct Watch {
    watcher: OwnedFd,
    cancelled: &'static OwnedFd,
}

impl Watch {
    /// Watches the drawer and its devices.
    pub fn begin(drawer: Option<&Path>, devices: &[PathBuf]) -> Result<Watch, Sar> {
        let watcher =
            inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(|_| Sar::FAIL)?;
        let flags = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ONLYDIR;
        // A drawer that isn't there yet can't be watched: then only a cancel ends the wait.
        for folder in drawer
            .into_iter()
            .chain(devices.iter().map(PathBuf::as_path))
        {
            let _ = inotify::add_watch(&watcher, folder, flags);
        }
        Ok(Watch {
            watcher,
            cancelled: cancel_event()?,
        })
    }

    /// Blocks until something happened since the making, or [`cancel`] is called.
    pub fn wait(&self) -> Result<Woken, Sar> {
        let mut waited = [
            PollFd::new(&self.watcher, PollFlags::IN),
            PollFd::new(self.cancelled, PollFlags::IN),
        ];
        match poll(&mut waited, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(Sar::FAIL),
        }
        if waited[1].revents().is_empty() {
            return Ok(Woken::Look);
        }
        let mut count = [0; 8];
        let _ = rustix::io::read(self.cancelled, &mut count);
        Ok(Woken::Cancelled)
    }
}

/// Ends a waiting call, in whichever thread; without one, the next.
pub fn cancel() -> Result<(), Sar> {
    rustix::io::write(cancel_event()?, &1_u64.to_ne_bytes()).map_err(|_| Sar::FAIL)?;
    Ok(())
}
