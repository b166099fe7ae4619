//! `yinxin admin catalogue`: what the person who edits the catalogue needs to know.

pub mod check;

use std::process::ExitCode;

use clap::Subcommand;

/// The commands over the catalogue.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says everything that is wrong with the files at once, with file and line.
    Check(check::Arguments),
}

/// Does what the command says.
pub(crate) fn run(command: &Command) -> ExitCode {
    match command {
        Command::Check(arguments) => check::run(arguments),
    }
}
