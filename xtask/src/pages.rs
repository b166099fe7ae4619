//! The pages: npm packages when the lock file changed, Vite when sources changed.

use crate::workspace::{self, say};
use crate::{Error, Result, command, tools};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the platform's pages and the agent's popup, as far as something changed.
pub fn build() -> Result<()> {
    let web = workspace::root().join("web");
    install(&web)?;
    let sources = workspace::fingerprint(std::slice::from_ref(&web), &["node_modules", "dist"])?;
    let stamp = web.join("dist/.built-from");
    let built = ["dist/platform/index.html", "dist/agent/agent.html"]
        .iter()
        .all(|page| web.join(page).is_file());
    if built && std::fs::read_to_string(&stamp).is_ok_and(|seen| seen == sources) {
        return Ok(());
    }
    say("building the pages");
    command::output(npm()?.args(["run", "--silent", "build"]).current_dir(&web))?;
    workspace::write(&stamp, sources)
}

/// Installs the packages of a folder's lock file, when it isn't what was installed last.
pub fn install(dir: &Path) -> Result<()> {
    let locks: Vec<PathBuf> = ["package-lock.json", ".npmrc"]
        .iter()
        .map(|f| dir.join(f))
        .filter(|f| f.is_file())
        .collect();
    let lock = workspace::fingerprint(&locks, &[])?;
    let stamp = dir.join("node_modules/.installed-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|seen| seen == lock) {
        return Ok(());
    }
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    say(format!("installing the npm packages of {name}/"));
    command::output(
        npm()?
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(dir),
    )?;
    workspace::write(&stamp, lock).map_err(|_| Error::failed("npm ci left no node_modules"))
}

/// `npm`, with a Node of our own in front of the PATH where the machine has none.
pub fn npm() -> Result<Command> {
    node_command("npm")
}

/// A program that comes with Node, or needs it on its PATH.
pub fn node_command(program: &str) -> Result<Command> {
    let Some(bin) = tools::node()? else {
        return Ok(Command::new(program));
    };
    let own = bin.join(program);
    let mut command = if own.is_file() {
        Command::new(own)
    } else {
        Command::new(program)
    };
    command.env("PATH", command::path_with(&bin)?);
    Ok(command)
}
