//! What shows itself only with time: a soak of the client, and fuzzing.

use super::part::{Context, Count, Tally, check};
use super::{packages, programs};
use crate::{Error, Result, fuzz};
use std::process::Command;
use std::time::Duration;

/// How long each fuzz target runs.
const FUZZING: Duration = Duration::from_secs(2 * 60);

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

/// Every fuzz target from its corpus: with `--long` each under libFuzzer and the address sanitizer; else not again, as
/// the tests in Rust ran each over its corpus and mutations of it.
pub fn fuzz(context: &Context, ceiling: Duration) -> Result<Count> {
    let mut count = Count::default();
    for target in fuzz::targets()? {
        count += check(
            context,
            &mut fuzz::command(&target, FUZZING)?,
            ceiling,
            Tally::One,
        )?;
    }
    Ok(count)
}
