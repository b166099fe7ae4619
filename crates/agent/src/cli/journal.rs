//! `yinxin-agent journal …`: what was signed on this machine.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contract::ErrorCode;
use serde_json::json;

use super::Failure;
use crate::files;
use crate::journal::{Entry, path_in, read};
use crate::published::{Carries, Published};
use crate::state::{command_folder, default_folder};

/// What to do.
#[derive(Subcommand)]
pub enum Deed {
    /// Tell what was signed.
    List(At),
    /// Say whether a published file carries the signatures and digests that were signed here.
    Check {
        #[command(flatten)]
        at: At,
        /// The published file.
        file: PathBuf,
    },
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
            Deed::List(at) | Deed::Check { at, .. } => at,
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
    let (mut entries, mut torn) = read(&path_in(&folder)).map_err(Failure::undetermined)?;
    // What commands signed stands in a journal of its own: the agent that runs holds this one.
    let commands = read(&path_in(&command_folder(&folder))).map_err(Failure::undetermined)?;
    entries.extend(commands.0);
    torn.extend(commands.1);
    entries.sort_by(|one, other| one.at.cmp(&other.at));
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
        Deed::Check { at, file } => check(&entries, file, at.json)?,
    }
    Ok(())
}

/// Good when the file carries at least one seal of the journal, and each that it carries over its own digest.
fn check(entries: &[Entry], path: &Path, as_json: bool) -> Result<(), Failure> {
    let usage = |error: std::io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let map = files::map(&File::open(path).map_err(usage)?).map_err(usage)?;
    let published = Published::read(&map)
        .map_err(|error| Failure::Undetermined(format!("{}: {error}", path.display())))?;
    let carried: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((entry, entry.seal.as_ref()?)))
        .map(|(entry, seal)| (entry, seal, published.carries(entry, seal)))
        .filter(|(_, _, carries)| *carries != Carries::Nothing)
        .collect();
    let intact = carried
        .iter()
        .all(|(_, _, carries)| *carries == Carries::Both);
    if as_json {
        let seals: Vec<_> = carried
            .iter()
            .map(|(entry, seal, carries)| {
                json!({ "at": entry.at, "origin": entry.origin, "document": seal.document, "seal": seal.seal.name,
                    "grade": seal.grade, "signature": true, "digest": *carries == Carries::Both })
            })
            .collect();
        println!(
            "{}",
            json!({ "carried": intact && !seals.is_empty(), "seals": seals })
        );
    } else {
        for (entry, seal, carries) in &carried {
            let answer = if *carries == Carries::Both {
                "as signed"
            } else {
                "over other bytes than were signed"
            };
            println!(
                "{}  {}  {}  {answer}",
                entry.at, seal.document, seal.seal.name
            );
        }
    }
    if carried.is_empty() {
        return Err(Failure::No(
            ErrorCode::SealMismatch,
            "the file carries no seal that was signed here".into(),
        ));
    }
    if !intact {
        return Err(Failure::No(
            ErrorCode::SealMismatch,
            "a seal stands over other bytes than were signed".into(),
        ));
    }
    Ok(())
}
