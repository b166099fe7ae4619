//! Files of the agent: written whole or not at all, and readable by their owner alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use memmap2::Mmap;

use crate::system;

/// Makes a folder (and those above it) that only its owner can enter.
pub fn private_folder(path: &Path) -> io::Result<()> {
    system::private_folders(std::fs::DirBuilder::new().recursive(true)).create(path)
}

/// Replaces a file: beside it, to the disk, then over it. A crash leaves the old or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    system::sync_folder(folder)
}

/// Opens a private file to append to, making it where it is missing.
pub fn append_to(path: &Path) -> io::Result<File> {
    system::private(OpenOptions::new().create(true).read(true).append(true)).open(path)
}

/// Maps a file for reading.
///
/// # Errors
/// What the system says; an empty file can't be mapped.
#[allow(unsafe_code)]
pub fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the agent maps files that it spooled itself under a private folder and unlinked, or that the
    // user named on the command line and does not change meanwhile; what is read is treated as foreign bytes.
    unsafe { Mmap::map(file) }
}
