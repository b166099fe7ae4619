//! What differs between operating systems, and nothing else: modes of files, what tells one file from the next
//! of the same name, syncing a folder, and being told that the drawer changed. (File locks are the standard
//! library's.)

#[cfg(target_os = "linux")]
#[path = "inotify.rs"]
mod watch;
#[cfg(not(target_os = "linux"))]
#[path = "polling.rs"]
mod watch;

pub use watch::{Watch, cancel};

use std::fs::{Metadata, OpenOptions};
use std::path::Path;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something in the drawer may have changed: look.
    Look,
    /// [`cancel`] was called.
    Cancelled,
}

/// A file made with these options is its owner's alone. (Windows: what the folder's own list says.)
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A number that tells this file from another that had its name before; 0 where the system doesn't say.
pub fn file_number(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    {
        let _ = metadata;
        0
    }
}

/// Makes sure that a rename in the folder is on disk. (Windows keeps that promise with the rename itself.)
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
