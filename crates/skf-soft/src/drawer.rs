//! The drawer: which devices there are, which are plugged in, and waiting for one to come or go.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use skf_abi::codes;

use crate::sar::Sar;

/// Most devices that a drawer shows.
const MAX_DEVICES: usize = 128;
/// Longest name of a device, in octets: the serial number field holds 32.
const MAX_NAME: usize = 32;

/// The folder that `YINXIN_SOFT_DRAWER` names; `None` when it is not set: then no device is ever there.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("YINXIN_SOFT_DRAWER").map(PathBuf::from)
}

/// Names of the devices in the drawer, sorted: all, or those that are plugged in.
pub fn devices(only_plugged: bool) -> Result<Vec<String>, Sar> {
    let Some(drawer) = folder() else {
        return Ok(Vec::new());
    };
    let entries = match fs::read_dir(&drawer) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(_) => return Err(Sar::FILE),
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_name(name))
        .filter(|name| !only_plugged || plug(&drawer.join(name)).is_some())
        .collect();
    names.sort();
    names.truncate(MAX_DEVICES);
    Ok(names)
}

/// The folder of a device, whether it is plugged in or not.
pub fn device_folder(name: &str) -> Option<PathBuf> {
    let path = folder()?.join(name);
    (is_name(name) && path.is_dir()).then_some(path)
}

/// A name is one folder's, never a way out of the drawer.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with('.')
        && !name.contains(['/', '\\', '\0'])
        && !name.chars().any(char::is_control)
}

/// One plugging-in: pulled out and plugged in again is another, and old handles stay dead, as with a real key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plug {
    made: std::time::SystemTime,
    file: u64,
}

/// The present plugging-in of the device in `folder`, if it is plugged in.
pub fn plug(folder: &Path) -> Option<Plug> {
    let metadata = fs::metadata(folder.join("plugged")).ok()?;
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let file = 0;
    Some(Plug {
        made: metadata.modified().ok()?,
        file,
    })
}

/// What `SKF_WaitForDevEvent` reported last, so that what happens between two calls isn't lost.
static REPORTED: Mutex<Option<BTreeSet<String>>> = Mutex::new(None);

/// What happened to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub device: String,
    /// `DEV_EVENT_INSERTED` or `DEV_EVENT_REMOVED`.
    pub kind: u32,
}

/// The first difference to what was reported last; the first call only looks.
fn next_event() -> Result<Option<Event>, Sar> {
    let now: BTreeSet<String> = devices(true)?.into_iter().collect();
    let mut reported = REPORTED.lock().map_err(|_| Sar::FAIL)?;
    let Some(before) = reported.as_mut() else {
        *reported = Some(now);
        return Ok(None);
    };
    if let Some(device) = before.difference(&now).next().cloned() {
        before.remove(&device);
        return Ok(Some(Event {
            device,
            kind: codes::DEV_EVENT_REMOVED,
        }));
    }
    if let Some(device) = now.difference(before).next().cloned() {
        before.insert(device.clone());
        return Ok(Some(Event {
            device,
            kind: codes::DEV_EVENT_INSERTED,
        }));
    }
    Ok(None)
}

#[cfg(target_os = "linux")]
pub use waiting::{cancel, wait};

/// Without a way to be told, say so; the caller then asks from time to time.
#[cfg(not(target_os = "linux"))]
pub fn wait() -> Result<Event, Sar> {
    let _ = next_event;
    Err(Sar(codes::SAR_NOTSUPPORTYETERR))
}

#[cfg(not(target_os = "linux"))]
pub fn cancel() -> Result<(), Sar> {
    Err(Sar(codes::SAR_NOTSUPPORTYETERR))
}

#[cfg(target_os = "linux")]
mod waiting {
    use std::os::fd::OwnedFd;
    use std::sync::OnceLock;

    use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

    use super::{Event, Sar, codes, devices, folder, next_event};

    /// Wakes a waiting call: its count is above zero after a cancel.
    static CANCEL: OnceLock<OwnedFd> = OnceLock::new();

    fn cancel_event() -> Result<&'static OwnedFd, Sar> {
        if let Some(event) = CANCEL.get() {
            return Ok(event);
        }
        let made =
            eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|_| Sar::FAIL)?;
        Ok(CANCEL.get_or_init(|| made))
    }

    /// Blocks until a device comes or goes, or [`cancel`] is called.
    pub fn wait() -> Result<Event, Sar> {
        let cancelled = cancel_event()?;
        let failed = |_| Sar::FAIL;
        loop {
            // Watches first, then a look: what happens in between wakes the poll.
            let watcher =
                inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(failed)?;
            let flags = WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVED_FROM
                | WatchFlags::MOVED_TO
                | WatchFlags::ONLYDIR;
            if let Some(drawer) = folder() {
                // A drawer that isn't there yet can't be watched: then only a cancel ends the wait.
                let _ = inotify::add_watch(&watcher, &drawer, flags);
                for device in devices(false)? {
                    let _ = inotify::add_watch(&watcher, drawer.join(device), flags);
                }
            }
            if let Some(event) = next_event()? {
                return Ok(event);
            }
            let mut waited = [
                PollFd::new(&watcher, PollFlags::IN),
                PollFd::new(cancelled, PollFlags::IN),
            ];
            match poll(&mut waited, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Err(Sar::FAIL),
            }
            if !waited[1].revents().is_empty() {
                let mut count = [0; 8];
                let _ = rustix::io::read(cancelled, &mut count);
                return Err(Sar(codes::SAR_NOT_EVENTERR));
            }
        }
    }

    /// Ends a waiting call, in whichever thread.
    pub fn cancel() -> Result<(), Sar> {
        rustix::io::write(cancel_event()?, &1_u64.to_ne_bytes()).map_err(|_| Sar::FAIL)?;
        Ok(())
    }
}
