//! The user's stores of trusted roots: into them with the loopback root, and out again.
//!
//! | system | store | by |
//! |---|---|---|
//! | Linux | `~/.pki/nssdb` (Chromium and what is made of it), Firefox's profiles | `certutil` of NSS (Debian: `libnss3-tools`) |
//! | Windows | the user's own `Root` | `certutil.exe`; Windows asks the user once more |
//!
//! The system's own store, for all users, is never touched.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The name under which NSS keeps the root. Whatever bears it is ours.
#[cfg(unix)]
pub const NICKNAME: &str = "yinxin-agent loopback root";
/// Most profiles of a browser that are looked at, and most roots of ours in one store.
#[cfg(unix)]
const MOST: usize = 32;

/// What became of one store.
#[derive(Debug)]
pub struct Outcome {
    /// Which.
    pub store: String,
    /// What the tool said where it failed.
    pub done: Result<(), String>,
}

/// Has every store of this user trust the root in the file `root`. None, where the tool for it is missing.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn add(home: &Path, root: &Path, _serial: &str) -> io::Result<Vec<Outcome>> {
    let Some(certutil) = tool() else {
        return Ok(Vec::new());
    };
    let shared = home.join(".pki/nssdb");
    if !shared.join("cert9.db").exists() {
        crate::files::private_folder(&shared)?;
        // Where Chromium was not started yet. A database without a password, as it makes one itself.
        let made = run(nss(&certutil, &shared, "-N").arg("--empty-password"));
        if made.is_err() {
            return Ok(vec![outcome(&shared, made)]);
        }
    }
    let each = databases(home).into_iter().map(|database| {
        // What an earlier installation left would be trusted beside it.
        clear(&certutil, &database);
        let mut add = nss(&certutil, &database, "-A");
        // C: trusted to issue certificates of servers, and for nothing else.
        add.args(["-n", NICKNAME, "-t", "C,,", "-a", "-i"])
            .arg(root);
        outcome(&database, run(&mut add))
    });
    Ok(each.collect())
}

/// Has every store of this user forget what [`add`] put there.
///
/// # Errors
/// `NotFound` where there are stores and the tool for them is missing.
#[cfg(unix)]
pub fn remove(home: &Path, _serial: Option<&str>) -> io::Result<Vec<Outcome>> {
    let databases = databases(home);
    if databases.is_empty() {
        return Ok(Vec::new());
    }
    let certutil = tool().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "certutil (Debian: libnss3-tools) is not on the search path",
        )
    })?;
    let each = databases.into_iter().map(|database| {
        clear(&certutil, &database);
        let left = run(nss(&certutil, &database, "-L").args(["-n", NICKNAME]));
        let done = match left {
            Ok(()) => Err("the root is still there".to_owned()),
            Err(_) => Ok(()),
        };
        outcome(&database, done)
    });
    Ok(each.collect())
}

/// The user's NSS databases.
#[cfg(unix)]
fn databases(home: &Path) -> Vec<PathBuf> {
    let shared = home.join(".pki/nssdb");
    let firefox = [
        ".mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ];
    let profiles = firefox
        .iter()
        .filter_map(|folder| std::fs::read_dir(home.join(folder)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()).take(MOST));
    std::iter::once(shared)
        .chain(profiles)
        .filter(|folder| folder.join("cert9.db").is_file())
        .collect()
}

#[cfg(unix)]
fn clear(certutil: &Path, database: &Path) {
    for _ in 0..MOST {
        if run(nss(certutil, database, "-D").args(["-n", NICKNAME])).is_err() {
            return;
        }
    }
}

#[cfg(unix)]
fn nss(certutil: &Path, database: &Path, what: &str) -> Command {
    let mut command = Command::new(certutil);
    command
        .arg(what)
        .args(["-d", &format!("sql:{}", database.display())]);
    command
}

/// NSS's `certutil` on the search path.
#[cfg(unix)]
fn tool() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("certutil"))
        .find(|program| program.is_file())
}

/// Has the user's `Root` store trust the root in the file `root`. Windows asks the user in a window of its own.
///
/// # Errors
/// `NotFound` where the system does not say where it lies.
#[cfg(windows)]
pub fn add(_home: &Path, root: &Path, _serial: &str) -> io::Result<Vec<Outcome>> {
    let mut add = Command::new(tool()?);
    add.args(["-user", "-f", "-addstore", "Root"]).arg(root);
    Ok(vec![outcome(Path::new("HKCU Root"), run(&mut add))])
}

/// Takes it out again, by its serial number.
///
/// # Errors
/// As [`add`].
#[cfg(windows)]
pub fn remove(_home: &Path, serial: Option<&str>) -> io::Result<Vec<Outcome>> {
    let Some(serial) = serial else {
        return Ok(Vec::new());
    };
    let mut remove = Command::new(tool()?);
    remove.args(["-user", "-delstore", "Root", serial]);
    Ok(vec![outcome(Path::new("HKCU Root"), run(&mut remove))])
}

/// Windows' own `certutil.exe`, by its whole path.
#[cfg(windows)]
fn tool() -> io::Result<PathBuf> {
    let system = std::env::var_os("SystemRoot").map(PathBuf::from);
    let system = system.filter(|path| path.is_absolute());
    let system = system.ok_or(io::ErrorKind::NotFound)?;
    Ok(system.join(r"System32\certutil.exe"))
}

fn outcome(store: &Path, done: Result<(), String>) -> Outcome {
    Outcome {
        store: store.display().to_string(),
        done,
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    // A database with a password would ask for it at the terminal.
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    Err(said.lines().next().unwrap_or_default().trim().to_owned())
}
