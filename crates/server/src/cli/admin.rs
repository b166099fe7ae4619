//! `yinxin admin`: what an operator does by hand.

pub mod catalogue;
pub mod ceremony;
pub mod demo;
pub mod keys;
pub mod regions;

use std::process::ExitCode;

use clap::Subcommand;

/// The commands of an operator.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The catalogue of providers: what is wrong with its files.
    Catalogue {
        /// Which command.
        #[command(subcommand)]
        command: catalogue::Command,
    },
    /// What is done with the roots' keys and with shares, persons present.
    Ceremony {
        /// Which step.
        #[command(subcommand)]
        command: ceremony::Command,
    },
    /// The files of authorities' keys: their passphrase.
    Keys {
        /// Which step.
        #[command(subcommand)]
        command: keys::Command,
    },
    /// 区划: the tree of regions.
    Regions {
        /// Which step.
        #[command(subcommand)]
        command: regions::Command,
    },
    /// The demonstration: its authorities, accounts and certificates.
    Demo {
        /// Which step.
        #[command(subcommand)]
        command: demo::Command,
    },
}

/// Does what the command says.
pub(crate) fn run(command: &Command) -> ExitCode {
    match command {
        Command::Catalogue { command } => catalogue::run(command),
        Command::Ceremony { command } => ceremony::run(command),
        Command::Keys { command } => keys::run(command),
        Command::Regions { command } => regions::run(command),
        Command::Demo { command } => demo::run(command),
    }
}
