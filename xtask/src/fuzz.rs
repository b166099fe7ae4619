//! `cargo xtask fuzz`: every target of `fuzz/` from its corpus, under libFuzzer and the address sanitizer.
//!
//! What it finds new is kept below `target/fuzz/corpus`, so that the next run goes on from there; what makes a target
//! panic lies in `fuzz/artifacts`, as cargo-fuzz puts it.

use crate::workspace::{self, say};
use crate::{Error, Result, command, tools};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Longest input that is worth a target's time, in bytes.
const LONGEST: &str = "65536";

/// Options of `cargo xtask fuzz`.
#[derive(Args)]
pub struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
    /// These targets only.
    targets: Vec<String>,
}

/// Runs one after another; the first that fails ends it.
pub fn fuzz(options: Options) -> Result<()> {
    let known = targets()?;
    for name in &options.targets {
        if !known.contains(name) {
            return Err(Error::Usage(format!(
                "There is no target {name}. There are: {}",
                known.join(", ")
            )));
        }
    }
    for target in known {
        if options.targets.is_empty() || options.targets.contains(&target) {
            say(format!("fuzzing: {target}"));
            command::succeed(&mut command(&target, Duration::from_secs(options.seconds))?)?;
        }
    }
    Ok(())
}

/// Every target: the programs in `fuzz/fuzz_targets`.
pub fn targets() -> Result<Vec<String>> {
    let folder = workspace::root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::failed)? {
        let path = entry.map_err(Error::failed)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        names.push(name.into_owned());
    }
    names.sort();
    Ok(names)
}

/// One target for so long, from what it found before and from its corpus.
pub fn command(target: &str, time: Duration) -> Result<Command> {
    let found = workspace::target().join("fuzz/corpus").join(target);
    workspace::create_dir(&found)?;
    let corpus = workspace::root().join("fuzz/corpus").join(target);
    let mut fuzz = Command::new(tools::cargo_fuzz()?);
    fuzz.args(["fuzz", "run", target])
        // The first takes what is new.
        .args([&found, &corpus].map(PathBuf::as_path))
        .arg("--")
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-max_len={LONGEST}"))
        .arg("-rss_limit_mb=4096")
        .current_dir(workspace::root())
        // Instrumentation is an unstable option of the stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO", tools::cargo());
    Ok(fuzz)
}
