//! `cargo xtask bench`: ours, the peer and the limit in one run, on this machine.

use crate::workspace::{self, say};
use crate::{Result, command, packages, tools};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
    /// Write the raw figures and ratios here as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Builds the benches optimised and runs them, with the peer's Python beside.
pub fn bench(options: Options) -> Result<()> {
    packages::ensure(&[packages::C_COMPILER])?;
    let python = tools::python()?;
    say("building the benches, optimised (minutes the first time)");
    let mut bench = Command::new(tools::cargo());
    bench
        .args(["run", "--locked", "--release", "-p", "bench", "--"])
        .env("YINXIN_PYTHON", python)
        .current_dir(workspace::root());
    if let Some(file) = options.json {
        bench
            .arg("--json")
            .arg(std::path::absolute(file).map_err(crate::Error::failed)?);
    }
    command::pass_through(&mut bench)
}
