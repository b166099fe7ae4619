//! `yinxin-agent journal …`: what was signed on this machine.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Failure;
use crate::journal::{path_in, read};
use crate::state::default_folder;

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Tell what was signed.
    List(At),
}

/// Where the journal is.
#[derive(Args)]
pub struct At {
    /// The state folder.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Deed {
    fn at(&self) -> &At {
        match self {
            Deed::List(at) => at,
        }
    }

    /// Whether JSON was asked for.
    pub fn json(&self) -> bool {
        self.at().json
    }
}

/// Does it.
pub fn run(deed: Deed) -> Result<(), Failure> {
    let folder = deed.at().state.clone().unwrap_or_else(default_folder);
    let (entries, torn) = read(&path_in(&folder)).map_err(Failure::undetermined)?;
    match &deed {
        Deed::List(at) if at.json => {
            println!("{}", json!({ "entries": entries, "torn_lines": torn }))
        }
        Deed::List(_) => {
            for entry in &entries {
                let what = entry
                    .seal
                    .as_ref()
                    .map_or("", |seal| seal.document.as_str());
                println!(
                    "{}  {:<7} {}  {what}",
                    entry.at, entry.purpose, entry.origin
                );
            }
            for line in torn {
                eprintln!("line {line} was cut short by a crash; nothing was handed out for it");
            }
        }
    }
    Ok(())
}
