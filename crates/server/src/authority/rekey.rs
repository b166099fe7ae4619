//! Another passphrase for a folder of key files (更换口令).
//!
//! A folder has one passphrase, so its files change together or not at all: all of them are written anew into a folder
//! beside it and read back, and then the two folders change places in one step of the file system. Until that step the
//! old folder is untouched; after it the old one is removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::key_file::{KeyFileError, KeyFolder, Purpose};

/// Why the passphrase is still the old one.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// A file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// Which folder.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// There is nothing to change.
    #[error("{0} holds no keys")]
    Empty(PathBuf),
    /// A key was made meanwhile: the role runs.
    #[error("a key was made in {0} meanwhile; stop `yinxin ca` and do it again")]
    Busy(PathBuf),
}

/// Where the new files are written: beside the folder, so that both are on one file system.
#[must_use]
pub fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".rekeyed");
    folder.with_file_name(name)
}

/// Writes every secret of `old` into `new`, which lies at [`beside`], and lets the two change places. Returns the ids.
///
/// # Errors
/// [`RekeyError`]; the old folder is as it was then, and opens with its old passphrase.
pub fn change(old: &KeyFolder, new: &KeyFolder) -> Result<Vec<String>, RekeyError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| RekeyError::Io { path, source }
    };
    let entries = old.entries()?;
    if entries.is_empty() {
        return Err(RekeyError::Empty(old.path().to_owned()));
    }
    // What a change that was broken off left: copies of what is still in the old folder.
    if new.path().exists() {
        fs::remove_dir_all(new.path()).map_err(io(new.path()))?;
    }
    if let Err(error) = copy(old, new, &entries) {
        let _ = fs::remove_dir_all(new.path());
        return Err(error.into());
    }
    let mode = fs::metadata(old.path()).map_err(io(old.path()))?;
    fs::set_permissions(new.path(), mode.permissions()).map_err(io(new.path()))?;
    exchange(old, new).map_err(io(old.path()))?;
    // What stands at the new name now is the old folder.
    match new.entries() {
        Ok(now) if now == entries => {}
        _ => {
            exchange(old, new).map_err(io(old.path()))?;
            return Err(RekeyError::Busy(old.path().to_owned()));
        }
    }
    fs::remove_dir_all(new.path()).map_err(io(new.path()))?;
    Ok(entries.into_iter().map(|(id, _)| id).collect())
}

/// Each file is read back before it counts.
fn copy(
    old: &KeyFolder,
    new: &KeyFolder,
    entries: &[(String, Purpose)],
) -> Result<(), KeyFileError> {
    for (id, purpose) in entries {
        let secret = old.read(id, *purpose)?;
        new.write(id, *purpose, &secret)?;
        if *new.read(id, *purpose)? != *secret {
            return Err(KeyFileError::Cipher);
        }
    }
    Ok(())
}

fn exchange(one: &KeyFolder, other: &KeyFolder) -> io::Result<()> {
    renameat_with(CWD, one.path(), CWD, other.path(), RenameFlags::EXCHANGE)?;
    let parent = one
        .path()
        .parent()
        .filter(|path| !path.as_os_str().is_empty());
    fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zeroize::Zeroizing;

    use super::super::key_file::Cost;
    use super::*;
    use crate::system::SystemRandomness;

    fn folder(path: PathBuf, passphrase: &str) -> KeyFolder {
        let cost = Cost {
            memory_kib: 64,
            passes: 1,
        };
        let passphrase = Zeroizing::new(passphrase.into());
        KeyFolder::new(path, passphrase, cost, Arc::new(SystemRandomness))
    }

    fn filled(place: &Path) -> PathBuf {
        let path = place.join("ca");
        let keys = folder(path.clone(), "eins");
        keys.write("a", Purpose::AuthorityKey, b"secret a").unwrap();
        keys.write("b", Purpose::PoolKey, b"secret b").unwrap();
        path
    }

    #[test]
    fn afterwards_every_secret_opens_with_the_new_passphrase_and_none_with_the_old() {
        let place = tempfile::tempdir().unwrap();
        let path = filled(place.path());
        // Left by one that was broken off.
        fs::create_dir(beside(&path)).unwrap();
        fs::write(beside(&path).join("a.key.json"), "half").unwrap();
        let new = folder(beside(&path), "zwei");
        assert_eq!(
            change(&folder(path.clone(), "eins"), &new).unwrap(),
            ["a", "b"]
        );
        let after = folder(path.clone(), "zwei");
        assert_eq!(
            after.read("a", Purpose::AuthorityKey).unwrap().as_slice(),
            b"secret a"
        );
        assert_eq!(
            after.read("b", Purpose::PoolKey).unwrap().as_slice(),
            b"secret b"
        );
        assert!(matches!(
            folder(path.clone(), "eins").read("a", Purpose::AuthorityKey),
            Err(KeyFileError::Open(_))
        ));
        assert!(!beside(&path).exists());
    }

    #[test]
    fn a_change_that_fails_leaves_every_file_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let path = filled(place.path());
        let files = |path: &Path| {
            let mut all: Vec<_> = fs::read_dir(path)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.clone(), fs::read(path).unwrap()))
                .collect();
            all.sort();
            all
        };
        let before = files(&path);
        let new = || folder(beside(&path), "zwei");
        // The old passphrase is wrong.
        assert!(change(&folder(path.clone(), "drei"), &new()).is_err());
        assert_eq!(files(&path), before);
        // The last file can't be read: the first is not changed either.
        fs::write(path.join("b.key.json"), &before[0].1).unwrap();
        let damaged = files(&path);
        assert!(change(&folder(path.clone(), "eins"), &new()).is_err());
        assert_eq!(files(&path), damaged);
        // Something else lies there.
        fs::write(path.join("note.txt"), "x").unwrap();
        assert!(matches!(
            change(&folder(path.clone(), "eins"), &new()),
            Err(RekeyError::File(KeyFileError::Malformed(_)))
        ));
        assert!(!beside(&path).exists());
    }
}
