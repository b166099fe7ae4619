//! The drawer: which devices there are, which are plugged in, and waiting for one to come or go.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use skf_abi::codes;

use crate::sar::Sar;
use crate::system::{self, Watch, Woken};

pub use crate::system::cancel;

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
    Some(Plug {
        made: metadata.modified().ok()?,
        file: system::file_number(&metadata),
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

/// Blocks until a device comes or goes, or [`cancel`] is called.
pub fn wait() -> Result<Event, Sar> {
    loop {
        // The look-out first, then a look: what happens in between ends the wait.
        let drawer = folder();
        let devices: Vec<PathBuf> = match &drawer {
            Some(drawer) => devices(false)?
                .iter()
                .map(|name| drawer.join(name))
                .collect(),
            None => Vec::new(),
        };
        let watch = Watch::begin(drawer.as_deref(), &devices)?;
        if let Some(event) = next_event()? {
            return Ok(event);
        }
        if watch.wait()? == Woken::Cancelled {
            return Err(Sar(codes::SAR_NOT_EVENTERR));
        }
    }
}

/// Puts an event back that could not be handed over: the next call reports it again.
pub fn put_back(event: &Event) -> Result<(), Sar> {
    if let Some(reported) = REPORTED.lock().map_err(|_| Sar::FAIL)?.as_mut() {
        if event.kind == codes::DEV_EVENT_INSERTED {
            reported.remove(&event.device);
        } else {
            reported.insert(event.device.clone());
        }
    }
    Ok(())
}
