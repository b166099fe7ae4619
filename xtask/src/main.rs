//! The project's own commands, `cargo xtask …`:
//!
//! - `run` builds and starts the demo: platforms, demo CAs, agent and a drawer of soft keys;
//! - `key` makes, plugs in, pulls out, locks, expires and revokes demo keys;
//! - `test` runs every test, installing what they need and saying so;
//! - `bench` measures sealing and verifying beside a peer;
//! - `fuzz` gives every parser of foreign bytes what it never saw;
//! - `windows` compiles the client for Windows, and tries it under Wine.
//!
//! It needs only cargo, so it must compile in seconds: few dependencies, none of the workspace's own crates.
//! Exit codes: 0 good, 1 something failed, 2 wrong usage or something has to be installed first, 130 interrupted.

mod bench;
mod children;
mod command;
mod demo;
mod fuzz;
mod key;
mod ledger;
mod packages;
mod pages;
mod programs;
mod run;
mod test;
mod tools;
mod windows;
mod workspace;

use clap::{Parser, Subcommand};
use std::fmt;
use std::process::ExitCode;

/// Yinxin's own commands.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build and start the demo: two platforms, demo CAs, the agent and a drawer of soft keys.
    Run(run::Options),
    /// Make, plug in, pull out, lock, expire and revoke demo keys; works while `run` is running.
    Key(Box<key::Options>),
    /// Run every test, installing what they need.
    Test(test::Options),
    /// Seal and verify beside a peer and print the ratios.
    Bench(bench::Options),
    /// Run every fuzz target from its corpus.
    Fuzz(fuzz::Options),
    /// Compile agent, token worker and soft token for Windows, and try them under Wine.
    Windows(windows::Options),
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Error {
    /// What has to be installed before this can work; exit code 2.
    Missing(Vec<String>),
    /// The request itself can't be met as it was made; exit code 2.
    Usage(String),
    /// A step failed; exit code 1.
    Failed(String),
    /// Ctrl-C or SIGTERM; exit code 130.
    Interrupted,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Missing(what) => {
                writeln!(f, "Please install first:")?;
                for line in what {
                    writeln!(f, "  - {line}")?;
                }
                Ok(())
            }
            Error::Usage(why) | Error::Failed(why) => f.write_str(why),
            Error::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl Error {
    /// A failed step from anything that can say why.
    pub fn failed(why: impl fmt::Display) -> Self {
        Error::Failed(why.to_string())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Error::Missing(_) | Error::Usage(_) => 2,
            Error::Failed(_) => 1,
            Error::Interrupted => 130,
        }
    }
}

/// The result of every step.
pub type Result<T> = std::result::Result<T, Error>;

fn main() -> ExitCode {
    let cli = Cli::parse_from(without_separator(std::env::args_os()));
    let done = match cli.command {
        Command::Run(options) => run::run(options),
        Command::Key(options) => key::key(*options),
        Command::Test(options) => test::test(options),
        Command::Bench(options) => bench::bench(options),
        Command::Fuzz(options) => fuzz::fuzz(options),
        Command::Windows(options) => windows::windows(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Drops one `--` right after the subcommand: `cargo xtask run -- --port 0` is written by habit,
/// because `cargo run` wants it, and means the same as without.
fn without_separator<T: PartialEq<str>>(args: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    args.enumerate()
        .filter(|(at, arg)| !(*at == 2 && arg == "--"))
        .map(|(_, arg)| arg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_after_the_subcommand_is_dropped_and_later_ones_stay() {
        let dropped = |line: &str| -> Vec<String> {
            struct Word(String);
            impl PartialEq<str> for Word {
                fn eq(&self, other: &str) -> bool {
                    self.0 == other
                }
            }
            without_separator(line.split(' ').map(|w| Word(w.into())))
                .map(|w| w.0)
                .collect()
        };
        assert_eq!(
            dropped("xtask run -- --port 0"),
            ["xtask", "run", "--port", "0"]
        );
        assert_eq!(
            dropped("xtask run --port 0 --"),
            ["xtask", "run", "--port", "0", "--"]
        );
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
