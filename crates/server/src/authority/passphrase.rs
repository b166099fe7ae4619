//! Where the passphrase of the key files comes from: a systemd credential, a file, the demonstration's own file, or a
//! prompt; asked in this order.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Randomness;
use domain::entropy::random_bytes;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::key_file::{self, Cost, KeyFileError, KeyFolder};
use super::vault::{FileVault, KeyVault};

/// The demonstration's passphrase, beside the keys that it opens: it protects nothing, and its name says so.
const DEMO_FILE: &str = "DEMO-passphrase-beside-its-keys.txt";
/// The longest passphrase that is read, in octets.
const MAX_PASSPHRASE: u64 = 1024;

/// The folder of issuing authorities' keys.
#[must_use]
pub fn issuing_folder(data: &Path) -> PathBuf {
    data.join("ca")
}

/// The folder of roots' keys, which the running role never opens.
#[must_use]
pub fn root_folder(data: &Path) -> PathBuf {
    data.join("ca-root")
}

/// The folder of responders' and time-stamping authorities' keys, which `yinxin serve` opens too.
#[must_use]
pub fn signer_folder(data: &Path) -> PathBuf {
    data.join("status")
}

/// The keys of responders and time-stamping authorities. They sign without anybody at hand, wherever requests come in,
/// so their passphrase lies beside them: what protects them is the folder's mode and their certificates' short lives.
///
/// # Errors
/// The file system.
pub fn signer_vault(
    data: &Path,
    cost: Cost,
    random: &Arc<dyn Randomness>,
) -> Result<Arc<dyn KeyVault>, KeyFileError> {
    let folder = demo_folder(signer_folder(data), cost, Arc::clone(random))?;
    Ok(Arc::new(FileVault::new(folder)))
}

/// Finds the passphrase of a folder of keys: `$CREDENTIALS_DIRECTORY/NAME`, the named file, the demonstration's file,
/// or what is typed.
///
/// # Errors
/// A file that can't be read or is empty, or nothing to ask at.
pub fn find(
    credential: &str,
    named: Option<&Path>,
    folder: &Path,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
        .map(|folder| Path::new(&folder).join(credential))
        .filter(|path| path.is_file());
    let named_folder = !folder.as_os_str().is_empty();
    let demo = Some(folder.join(DEMO_FILE)).filter(|path| named_folder && path.is_file());
    match credential.or(named.map(Path::to_owned)).or(demo) {
        Some(path) => read(&path),
        None => prompt("Passphrase of the keys: "),
    }
}

/// Whether the passphrase of this folder lies beside its keys, as the demonstration has it.
#[must_use]
pub fn is_demo(folder: &Path) -> bool {
    folder.join(DEMO_FILE).exists()
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    if fs::metadata(path)?.len() > MAX_PASSPHRASE {
        return Err(bad("a passphrase has at most 1024 octets"));
    }
    let mut octets = Zeroizing::new(fs::read(path)?);
    while octets.last().is_some_and(|c| matches!(c, b'\n' | b'\r')) {
        octets.pop();
    }
    if octets.is_empty() {
        return Err(bad("the passphrase is empty"));
    }
    Ok(octets)
}

/// Asks at the terminal, without echo.
pub(crate) fn prompt(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "there is no passphrase: give a systemd credential, a file, or a terminal",
        ));
    }
    eprint!("{question}");
    io::stderr().flush()?;
    let before = tcgetattr(&stdin)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &quiet)?;
    let mut line = Zeroizing::new(Vec::new());
    let read = stdin.lock().read_until(b'\n', &mut line);
    tcsetattr(&stdin, OptionalActions::Flush, &before)?;
    eprintln!();
    read?;
    while line.last().is_some_and(|c| matches!(c, b'\n' | b'\r')) {
        line.pop();
    }
    if line.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the passphrase is empty",
        ));
    }
    Ok(line)
}

/// The demonstration's folder of keys: its passphrase is made when there is none, and lies beside them.
///
/// # Errors
/// The file system.
pub fn demo_folder(
    folder: PathBuf,
    cost: Cost,
    random: Arc<dyn Randomness>,
) -> Result<KeyFolder, KeyFileError> {
    let path = folder.join(DEMO_FILE);
    if !path.exists() {
        let passphrase = Zeroizing::new(format!("{}\n", hex::encode(random_bytes::<16>(&*random))));
        match key_file::create(&path, passphrase.as_bytes()) {
            Ok(()) | Err(KeyFileError::Exists(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let passphrase = read(&path).map_err(|source| KeyFileError::Io { path, source })?;
    Ok(KeyFolder::new(folder, passphrase, cost, random))
}

/// Keys of issuing authorities, and apart from them those of roots.
pub type DemoVaults = (Arc<dyn KeyVault>, Arc<dyn KeyVault>);

/// The demonstration's keys: those of issuing authorities, and apart from them those of roots.
///
/// # Errors
/// The file system.
pub fn demo_vaults(
    data: &Path,
    cost: Cost,
    random: &Arc<dyn Randomness>,
) -> Result<DemoVaults, KeyFileError> {
    let issuing = demo_folder(issuing_folder(data), cost, Arc::clone(random))?;
    let roots = demo_folder(root_folder(data), cost, Arc::clone(random))?;
    Ok((
        Arc::new(FileVault::new(issuing)),
        // A demonstration before this version kept all keys in one folder.
        Arc::new(FileVault::new(roots).taking_over(issuing_folder(data))),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemRandomness;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_demonstrations_passphrase_is_made_once_and_readable_by_its_owner_alone() {
        let data = tempfile::tempdir().unwrap();
        let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        demo_folder(
            issuing_folder(data.path()),
            Cost::default(),
            Arc::clone(&random),
        )
        .unwrap();
        let path = issuing_folder(data.path()).join(DEMO_FILE);
        let first = fs::read(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        demo_folder(issuing_folder(data.path()), Cost::default(), random).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        let found = find("none", None, &issuing_folder(data.path())).unwrap();
        assert_eq!(found.as_slice(), &first[..first.len() - 1]);
    }

    #[test]
    fn an_empty_or_huge_passphrase_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        fs::write(&path, "\n").unwrap();
        assert!(find("none", Some(&path), folder.path()).is_err());
        fs::write(&path, vec![b'x'; 2000]).unwrap();
        assert!(find("none", Some(&path), folder.path()).is_err());
    }
}
