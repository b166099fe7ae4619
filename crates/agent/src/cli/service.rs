//! `yinxin-agent service …`: has the agent start with the user's session.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::choose::Rules;
use super::{Failure, Libraries};
use crate::service::{Done, Plan, ServiceError};

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Install and start the service of this user; again after a change of options.
    Install(Install),
    /// Stop it, and take away what was installed.
    Uninstall(At),
    /// Tell whether it is installed and runs.
    Status(At),
}

/// What the service is started with.
#[derive(Args)]
pub struct Install {
    #[command(flatten)]
    libraries: Libraries,
    #[command(flatten)]
    rules: Rules,
    /// The platforms; their https origins may ask for seals.
    #[arg(long, value_name = "DIR")]
    platforms: Option<PathBuf>,
    /// The state folder.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print what would be written, and do nothing.
    #[arg(long)]
    print: bool,
}

/// How to tell.
#[derive(Args)]
pub struct At {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Deed {
    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        match self {
            Deed::Install(install) => install.libraries.json(),
            Deed::Uninstall(at) | Deed::Status(at) => at.json,
        }
    }
}

/// Does it.
#[cfg(any(target_os = "linux", windows))]
pub fn run(deed: &Deed) -> Result<(), Failure> {
    use crate::service::{Manager, written};
    if let Deed::Install(install) = deed
        && install.print
    {
        println!("{}", written(&install.plan()?)?.trim_end());
        return Ok(());
    }
    let manager = Manager::of_process()?;
    match deed {
        Deed::Install(install) => tell(
            deed.json(),
            "installed",
            &manager.install(&install.plan()?)?,
        ),
        Deed::Uninstall(_) => tell(deed.json(), "uninstalled", &manager.uninstall()?),
        Deed::Status(_) => {
            let status = manager.status();
            if deed.json() {
                println!("{}", json!(status));
            } else {
                let word = match (status.installed, status.active) {
                    (false, _) => "not installed",
                    (true, Some(true)) => "installed and running",
                    (true, Some(false)) => "installed, not running",
                    (true, None) => "installed; nothing here says whether it runs",
                };
                println!("{word}  {}", status.file.display());
            }
            match (status.installed, status.active) {
                (true, Some(true)) => return Ok(()),
                (true, None) => return Err(Failure::Told(3)),
                _ => return Err(Failure::Told(1)),
            }
        }
    }
    Ok(())
}

/// Does it.
#[cfg(not(any(target_os = "linux", windows)))]
pub fn run(_: &Deed) -> Result<(), Failure> {
    Err(ServiceError::Unsupported.into())
}

impl Install {
    fn plan(&self) -> Result<Plan, Failure> {
        let absolute = |path: &Path| {
            let path = std::path::absolute(path);
            path.map(OsString::from).map_err(Failure::undetermined)
        };
        let program = std::env::current_exe().map_err(Failure::undetermined)?;
        let mut arguments: Vec<OsString> = vec!["serve".into(), "--no-open".into()];
        let mut add = |name: &str, path: &Path| -> Result<(), Failure> {
            arguments.extend([name.into(), absolute(path)?]);
            Ok(())
        };
        add("--catalogue", &self.rules.folder()?)?;
        for folder in &self.rules.anchors {
            add("--anchors", folder)?;
        }
        for library in self.libraries.paths() {
            add("--library", library)?;
        }
        for module in &self.libraries.pkcs11 {
            add("--pkcs11", module)?;
        }
        for (name, path) in [("--platforms", &self.platforms), ("--state", &self.state)] {
            if let Some(path) = path {
                add(name, path)?;
            }
        }
        Ok(Plan { program, arguments })
    }
}

fn tell(as_json: bool, what: &str, done: &Done) {
    if as_json {
        println!(
            "{}",
            json!({ what: true, "files": done.files, "ran": done.ran, "to_run": done.to_run })
        );
        return;
    }
    for file in &done.files {
        println!("{what}: {}", file.display());
    }
    for command in &done.ran {
        println!("ran: {command}");
    }
    if !done.to_run.is_empty() {
        println!("no user manager is here; in the user's own session run:");
        for command in &done.to_run {
            println!("  {command}");
        }
    }
    if *done == Done::default() {
        println!("nothing was installed");
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Failure {
        match error {
            ServiceError::Path(_) | ServiceError::NoHome => Failure::Usage(error.to_string()),
            error => Failure::Undetermined(error.to_string()),
        }
    }
}
