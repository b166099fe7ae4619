//! What a part of the tests is: a name, a ceiling, commands; and how their results are counted.

use crate::command::{Ending, Groups, run_within};
use crate::{Error, Result};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

/// How many checks passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Checks that passed.
    pub passed: u64,
    /// Checks that failed, among them a part that broke off.
    pub failed: u64,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// How to read the number of tests from what a command printed.
#[derive(Clone, Copy)]
pub enum Tally {
    /// The command is one check.
    One,
    /// libtest's `test result: ok. 12 passed; 0 failed; …`, once for every test program.
    Libtest,
    /// Vitest's `Tests  1 failed | 41 passed (42)`.
    Vitest,
    /// Our own closing line, `7 passed, 0 failed`.
    Own,
    /// Playwright's closing lines `  2 failed`, `  31 passed (1.2m)`.
    Playwright,
}

/// Variables for the processes of tests.
pub type Environment = Vec<(&'static str, OsString)>;

/// What the commands of all parts share.
pub struct Context {
    /// The process groups at work.
    pub groups: Groups,
    /// Variables that tell tests where the foreign tools are.
    pub environment: Environment,
    /// Whether soaks and fuzzing take their long time.
    pub long: bool,
}

/// Runs one command of a part, shows what it says as it says it, and counts.
pub fn check(
    context: &Context,
    command: &mut Command,
    ceiling: Duration,
    tally: Tally,
) -> Result<Count> {
    let started = Instant::now();
    let (from, to) = std::io::pipe().map_err(Error::failed)?;
    command
        .envs(
            context
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdout(to.try_clone().map_err(Error::failed)?)
        .stderr(to);
    let reader = std::thread::spawn(move || shown(from));
    let ending = run_within(command, ceiling, &context.groups);
    let what = crate::command::describe(command);
    // The command holds the pipe's writing ends; the reader sees its end only when they are gone.
    *command = Command::new("true");
    let said = reader.join().unwrap_or_default();
    let mut count = tally.count(&said);
    let good = match ending? {
        Ending::Ended(status) => status.success(),
        Ending::TimedOut => {
            eprintln!("killed at its ceiling of {} s", ceiling.as_secs());
            false
        }
    };
    if good {
        // A command that succeeded is at least one check.
        count.passed = count.passed.max(1);
    } else {
        // It may have failed in another way than by a test: a build error, a crash, the ceiling.
        count.failed = count.failed.max(1);
        eprintln!("✗ {what} failed after {} s", started.elapsed().as_secs());
    }
    Ok(count)
}

/// Passes on what is said, and keeps it.
fn shown(from: impl Read) -> String {
    let mut from = BufReader::new(from);
    let mut all = Vec::new();
    loop {
        let before = all.len();
        match from.read_until(b'\n', &mut all) {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&all).into_owned(),
            Ok(_) => {
                let _closed = std::io::stderr().write_all(&all[before..]);
            }
        }
    }
}

impl Tally {
    fn count(self, said: &str) -> Count {
        let plain = without_colours(said);
        let mut count = Count::default();
        for line in plain.lines() {
            let line = line.trim();
            let relevant = match self {
                Tally::One => false,
                Tally::Libtest => line.starts_with("test result:"),
                Tally::Vitest => line.starts_with("Tests "),
                Tally::Own | Tally::Playwright => line
                    .split(' ')
                    .next()
                    .is_some_and(|word| word.parse::<u64>().is_ok()),
            };
            if !relevant {
                continue;
            }
            let words: Vec<&str> = line
                .split([' ', ';', ','])
                .filter(|w| !w.is_empty())
                .collect();
            for pair in words.windows(2) {
                match (pair[0].parse::<u64>(), pair[1]) {
                    (Ok(n), "passed") => count.passed += n,
                    (Ok(n), "failed") => count.failed += n,
                    _ => {}
                }
            }
        }
        count
    }
}

fn without_colours(said: &str) -> String {
    let mut plain = String::with_capacity(said.len());
    let mut rest = said;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_s_results_add_up_over_test_programs() {
        let said = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n\
                    test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(
            Tally::Libtest.count(said),
            Count {
                passed: 15,
                failed: 2
            }
        );
    }

    #[test]
    fn vitest_s_tests_are_counted_and_its_files_are_not() {
        let said = "\u{1b}[2m Test Files \u{1b}[22m 1 failed | 6 passed (7)\n\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m1 failed\u{1b}[39m | \u{1b}[32m41 passed\u{1b}[39m (42)\n";
        assert_eq!(
            Tally::Vitest.count(said),
            Count {
                passed: 41,
                failed: 1
            }
        );
    }

    #[test]
    fn playwright_s_closing_lines_are_counted() {
        let said = "  ✓  1 login.spec.ts:3:1 › logs in (2.1s)\n\n  2 failed\n    a.spec.ts:1:1 › x\n  31 passed (1.2m)\n";
        assert_eq!(
            Tally::Playwright.count(said),
            Count {
                passed: 31,
                failed: 2
            }
        );
    }

    #[test]
    fn a_command_that_prints_no_count_is_one_check() {
        assert_eq!(Tally::One.count("9 passed"), Count::default());
    }
}
