//! `yinxin admin keys`: the files of keys themselves, without what is in them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use domain::Randomness;
use serde_json::{Value, json};

use crate::authority::key_file::{Cost, KeyFolder};
use crate::authority::{passphrase, rekey};
use crate::cli::admin::ceremony::ROOT_CREDENTIAL;
use crate::cli::ca::{CREDENTIAL, CaError, harden};
use crate::cli::log;
use crate::cli::serve::StartError;
use crate::system::SystemRandomness;

/// The steps.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 更换口令: another passphrase for all keys of a folder, or for none of them. Stop `yinxin ca` first.
    Passphrase(Arguments),
}

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Data folder.
    #[arg(long)]
    data: PathBuf,
    /// Which keys.
    #[arg(long, value_enum, default_value_t = Keys::Issuing)]
    keys: Keys,
    /// File with the passphrase of now; else the systemd credential, or a prompt.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// File with the new passphrase; else the systemd credential yinxin-new-passphrase, or a prompt.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A folder of keys.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Keys {
    /// Issuing authorities and the key management centre.
    Issuing,
    /// Roots.
    Roots,
}

/// The new passphrase among systemd's credentials.
const NEW_CREDENTIAL: &str = "yinxin-new-passphrase";

pub(crate) fn run(command: &Command) -> ExitCode {
    let Command::Passphrase(arguments) = command;
    log::start(arguments.json);
    harden();
    match perform(arguments) {
        Ok(answer) if arguments.json => println!("{answer}"),
        Ok(answer) => println!("{answer:#}"),
        Err(error) => return log::fail(&error),
    }
    ExitCode::SUCCESS
}

fn perform(arguments: &Arguments) -> Result<Value, CaError> {
    let (folder, credential) = match arguments.keys {
        Keys::Issuing => (passphrase::issuing_folder(&arguments.data), CREDENTIAL),
        Keys::Roots => (passphrase::root_folder(&arguments.data), ROOT_CREDENTIAL),
    };
    if passphrase::is_demo(&folder) {
        let text =
            "the demonstration's passphrase lies beside its keys; another would protect nothing";
        return Err(CaError::Usage(text.to_owned()));
    }
    let nowhere = std::path::Path::new("");
    let find = |credential: &str, file: &Option<PathBuf>| {
        passphrase::find(credential, file.as_deref(), nowhere)
            .map_err(StartError::io("reading a passphrase"))
    };
    let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    let old = find(credential, &arguments.passphrase_file)?;
    let new = find(NEW_CREDENTIAL, &arguments.new_passphrase_file)?;
    if old == new {
        return Err(CaError::Usage(
            "the new passphrase is the old one".to_owned(),
        ));
    }
    let cost = Cost::default();
    let beside = rekey::beside(&folder);
    let old = KeyFolder::new(folder, old, cost, Arc::clone(&random));
    let new = KeyFolder::new(beside, new, cost, random);
    let keys = rekey::change(&old, &new)?;
    Ok(json!({ "keys": keys }))
}
