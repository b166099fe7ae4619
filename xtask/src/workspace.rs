//! Where things are: the checkout, the build directory, the cache of tools; and the lines that tell progress.

use crate::{Error, Result};
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn root() -> PathBuf {
    // xtask's manifest lies in a folder directly under the root.
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_owned).unwrap_or(manifest)
}

/// Cargo's build directory.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Where tools that are built or downloaded once are kept, each in a folder that names its version.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// One line of progress, on stderr: stdout belongs to the answer.
pub fn say(line: impl Display) {
    eprintln!("▸ {line}");
}

/// Creates a folder with all its parents.
pub fn create_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| Error::failed(format!("{}: {e}", path.display())))
}

/// Writes a file whole: beside, then renamed, so that nobody reads half of it.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let failed = |e: std::io::Error| Error::failed(format!("{}: {e}", path.display()));
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, content).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

/// A fingerprint of files and folders by path and content, for "has this changed since?".
/// It is compared on one machine only and promises nothing against an adversary.
pub fn fingerprint(paths: &[PathBuf], leave_out: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, leave_out, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(&file)
            .map_err(|e| Error::failed(format!("{}: {e}", file.display())))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, leave_out: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries =
        std::fs::read_dir(path).map_err(|e| Error::failed(format!("{}: {e}", path.display())))?;
    for entry in entries {
        let entry = entry.map_err(Error::failed)?;
        if leave_out.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        collect(&entry.path(), leave_out, files)?;
    }
    Ok(())
}
