//! The command line: one file a subcommand. Exit codes: 0 good, 1 the answer is no, 2 usage, 3 could not be determined.

pub mod admin;
pub mod ca;
pub mod log;
pub mod serve;
pub mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The certificate service of an e-procurement platform.
#[derive(Debug, Parser)]
#[command(name = "yinxin", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the platforms over HTTP.
    Serve(Box<serve::Arguments>),
    /// Works for approved orders: the only process that opens authorities' keys.
    Ca(Box<ca::Arguments>),
    /// What an operator does by hand.
    Admin {
        #[command(subcommand)]
        command: Box<admin::Command>,
    },
    /// Verifies the seals on a file and says what they are worth.
    Verify(Box<verify::Arguments>),
}

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Ca(arguments) => ca::run(&arguments),
        Command::Admin { command } => admin::run(&command),
        Command::Verify(arguments) => verify::run(&arguments),
    }
}
