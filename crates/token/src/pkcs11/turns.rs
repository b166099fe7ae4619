//! Turns at a module: of Yinxin's processes one writes, or any number read.
//!
//! A module that keeps its objects in files (SoftHSM2) guards each file, not the token: a process that reads the token
//! in while another makes a key there can lose that key for its maker. A driver of a card has the same window between
//! two commands. Agent, watcher and command line are processes of their own, so each takes a turn around a request: a
//! file's lock, which the system gives back when a process ends. Programs of others know nothing of it
//! (`docs/decisions/0031-turns-at-a-pkcs11-module.md`).

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use pki::HashAlgorithm;

use crate::TokenError;
use crate::system::lock_folder;
use crate::wire::Request;

/// How long a look waits for a turn: less than its caller does ([`crate::Limits`]).
const LOOK: Duration = Duration::from_secs(3);
/// How long what a person asked for waits.
const DEED: Duration = Duration::from_secs(20);

/// The lock of one module; `None` where the system gives no folder for it.
pub struct Turns(Option<PathBuf>);

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn(Option<File>);

/// What a request does to the objects of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// It blocks without looking at any.
    None,
    /// It lists or reads.
    Look,
    /// It signs or asks about a PIN.
    Use,
    /// It makes, changes or deletes.
    Write,
}

impl Turns {
    /// The lock for all of this user's processes that load the module at `path`.
    pub fn at(path: &Path) -> Turns {
        Turns(lock_file(path))
    }

    /// Takes the turn that `request` needs.
    ///
    /// # Errors
    /// [`TokenError::Busy`]: another process had it too long.
    pub fn take(&self, request: &Request) -> Result<Turn, TokenError> {
        let access = Access::of(request);
        let Some(path) = self.0.as_ref().filter(|_| access != Access::None) else {
            return Ok(Turn(None));
        };
        // No file and no locks on it: then there are no turns, which is no reason to keep a person from their key.
        let Ok(file) = open(path) else {
            return Ok(Turn(None));
        };
        let tried = match access {
            Access::Write => file.try_lock(),
            _ => file.try_lock_shared(),
        };
        match tried {
            Ok(()) => Ok(Turn(Some(file))),
            Err(TryLockError::Error(_)) => Ok(Turn(None)),
            Err(TryLockError::WouldBlock) => wait(file, access).map(|file| Turn(Some(file))),
        }
    }
}

/// Waits for the lock, and not longer than is due. The wait itself has no limit, so a thread does it; a lock that comes
/// too late is closed with its file.
fn wait(file: File, access: Access) -> Result<File, TokenError> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let locked = match access {
            Access::Write => file.lock(),
            _ => file.lock_shared(),
        };
        let _too_late = locked.map(|()| sender.send(file));
    });
    let limit = if access == Access::Look { LOOK } else { DEED };
    receiver.recv_timeout(limit).map_err(|_| TokenError::Busy)
}

fn open(path: &Path) -> io::Result<File> {
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Said aloud: a process that the module forked has the file open as well, and closing would not do.
        if let Some(file) = &self.0 {
            let _ = file.unlock();
        }
    }
}

impl Access {
    fn of(request: &Request) -> Access {
        match request {
            Request::Open { .. }
            | Request::Enumerate
            | Request::ListDevices
            | Request::ReadKey(_)
            | Request::PinTries { .. } => Access::Look,
            Request::WaitForEvent => Access::None,
            Request::Sign { .. }
            | Request::CheckPin { .. }
            | Request::Decrypt { .. }
            | Request::ListFiles { .. }
            | Request::ReadFile { .. } => Access::Use,
            Request::CreateApplication { .. }
            | Request::GenerateKey { .. }
            | Request::ImportCertificate { .. }
            | Request::DeleteContainer { .. }
            | Request::ChangePin { .. }
            | Request::UnblockPin { .. }
            | Request::SetLabel { .. }
            | Request::ImportEncryptionKey { .. }
            | Request::WriteFile { .. }
            | Request::DeleteFile { .. } => Access::Write,
        }
    }
}

/// The lock's file: named by the module's path, in a folder that is this user's alone.
fn lock_file(module: &Path) -> Option<PathBuf> {
    let digest = pki::hash(HashAlgorithm::Sha256, module.as_os_str().as_encoded_bytes());
    let name: String = digest[..16]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    Some(lock_folder()?.join(format!("{name}.lock")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(folder: &Path) -> Turns {
        Turns(Some(folder.join("lock")))
    }

    fn write() -> Request {
        Request::SetLabel {
            device: String::new(),
            label: String::new(),
        }
    }

    #[test]
    fn many_look_and_one_writes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (turns(folder.path()), turns(folder.path()));
        let held = one.take(&Request::Enumerate).unwrap();
        let with_it = other.take(&Request::ListDevices).unwrap();
        drop((held, with_it));
        let held = one.take(&write()).unwrap();
        let refused = other.take(&Request::Enumerate);
        assert_eq!(refused.map(drop), Err(TokenError::Busy));
        assert!(other.take(&Request::WaitForEvent).is_ok());
        drop(held);
        assert!(other.take(&Request::Enumerate).is_ok());
    }

    #[test]
    fn a_writer_gets_its_turn_when_a_reader_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (turns(folder.path()), turns(folder.path()));
        let reading = one.take(&Request::Enumerate).unwrap();
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| other.take(&write()).map(drop));
            drop(reading);
            assert_eq!(writing.join().unwrap(), Ok(()));
        });
    }

    #[test]
    fn modules_do_not_wait_for_each_other() {
        let of = |path: &str| lock_file(Path::new(path));
        assert_ne!(of("/usr/lib/a.so"), of("/usr/lib/b.so"));
        assert_eq!(of("/usr/lib/a.so"), of("/usr/lib/a.so"));
    }
}
