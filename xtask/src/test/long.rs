//! What shows itself only with time: a soak of the client, and fuzzing.

use super::part::{Context, Count, Tally, check};
use super::{cargo, packages, programs};
use crate::{Error, Result, tools, workspace};
use std::process::Command;
use std::time::Duration;

/// Every target of `fuzz/`, with the longest input that is worth its time.
const TARGETS: [(&str, u32); 3] = [("walk", 65_536), ("verify", 65_536), ("inspect", 65_536)];
/// How long each of them runs.
const FUZZING: Duration = Duration::from_secs(5 * 60);

/// Inserts, removals and logins on a demo of its own: a minute, or ten.
pub fn soak(context: &Context, ceiling: Duration) -> Result<Count> {
    packages::ensure(&[packages::C_COMPILER, packages::CJK_FONT])?;
    let soak = programs::soak()?;
    let mut soak = Command::new(soak);
    soak.arg("--xtask")
        .arg(std::env::current_exe().map_err(Error::failed)?)
        .args(["--minutes", if context.long { "10" } else { "1" }]);
    check(context, &mut soak, ceiling, Tally::Own)
}

/// Every fuzz target, each from an empty corpus, with the address sanitizer.
pub fn fuzz(context: &Context, ceiling: Duration) -> Result<Count> {
    let program = tools::cargo_fuzz()?;
    let mut count = Count::default();
    for (target, longest) in TARGETS {
        let mut fuzz = Command::new(&program);
        fuzz.args(["fuzz", "run", target, "--"])
            .arg(format!("-max_total_time={}", FUZZING.as_secs()))
            .arg(format!("-max_len={longest}"))
            .arg("-rss_limit_mb=4096")
            .current_dir(workspace::root())
            // Instrumentation is an unstable option of the stable compiler.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO", cargo(&[]).get_program());
        count += check(context, &mut fuzz, ceiling, Tally::One)?;
    }
    Ok(count)
}
