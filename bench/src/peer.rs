//! The peer: pyHanko, signing in place and verifying in one Python process of its own.

use std::io::Error;
use std::path::Path;
use std::process::Command;

use crate::measure::Measured;

/// `sign` or `verify` a file; the script does the rounds and says what it used.
pub fn run(
    python: &Path,
    task: &str,
    file: &Path,
    keys: &Path,
    rounds: usize,
) -> Result<Measured, Error> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("pyhanko_peer.py");
    let output = Command::new(python)
        .arg(script)
        .arg(task)
        .arg(file)
        .arg(keys)
        .arg(rounds.to_string())
        .output()?;
    if !output.status.success() {
        return Err(Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The version that is measured against.
pub fn version(python: &Path) -> Result<String, Error> {
    let output = Command::new(python)
        .args([
            "-c",
            "import importlib.metadata as m; print(m.version('pyhanko'))",
        ])
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
