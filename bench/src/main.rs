//! Ours, the peer and the limit in one run: seals and verifies one page, 5 MB and 300 MB beside
//! pyHanko in its own process, and beside what no program can beat: hashing the bytes once and
//! copying the file. `signatures` measures files with many of them, `agent` the desktop client, `authority` issuing and what answers for it. Prints medians, ratios and peak memory; `--json` keeps every raw figure.

mod agent;
mod authority;
mod measure;
mod ours;
mod peer;
mod plot;
mod report;
mod samples;
mod signatures;

#[allow(missing_docs, dead_code)]
#[path = "../../crates/seal/tests/support/certificates.rs"]
mod certificates;
#[allow(missing_docs, dead_code)]
#[path = "../../crates/seal/tests/support/files.rs"]
mod files;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pki::UnixTime;

/// 2026-11-22T12:00:00Z: the certificates of a run are valid around it.
const NOW: UnixTime = UnixTime(1_795_348_800);

#[derive(Parser)]
#[command(about = "Ours, the peer and the limit, side by side")]
struct Options {
    /// Also write every figure to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Rounds of each measurement.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// A Python with pyHanko.
    #[arg(long, env = "YINXIN_PYTHON")]
    python: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// The agent: memory, start, idle CPU, and the latency of a login beside the raw signature.
    Agent(agent::Options),
    /// An authority: issuing, OCSP and time stamps a second, beside OpenSSL's commands.
    Authority(authority::Options),
    /// Many signatures in one file, one page, memory over thousands of verifications; `--plot` for the grid.
    Signatures(signatures::Options),
    /// One measurement in a process of its own, so that its memory is its own.
    #[command(hide = true)]
    One {
        /// What to do.
        task: ours::Task,
        /// The file.
        file: PathBuf,
        /// The folder with keys and certificates.
        keys: PathBuf,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.command {
        Some(Command::One { task, file, keys }) => ours::one(*task, file, keys, options.rounds),
        Some(Command::Agent(agent)) => {
            agent::run(agent).and_then(|figures| keep(&options, &figures))
        }
        Some(Command::Authority(authority)) => {
            authority::run(authority, options.rounds).and_then(|figures| keep(&options, &figures))
        }
        Some(Command::Signatures(many)) => {
            signatures::run(many, options.rounds, options.python.as_deref())
                .and_then(|figures| keep(&options, &figures))
        }
        None => report::run(
            options.rounds,
            options.python.as_deref(),
            options.json.as_deref(),
        ),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(3)
        }
    }
}

/// Writes the raw figures where that was asked for.
fn keep(options: &Options, figures: &impl serde::Serialize) -> std::io::Result<()> {
    match &options.json {
        Some(path) => std::fs::write(path, serde_json::to_string_pretty(figures)?),
        None => Ok(()),
    }
}
