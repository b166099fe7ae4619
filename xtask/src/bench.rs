//! `cargo xtask bench`: ours, the peer and the limit in one run, on this machine.

use crate::test::postgres::Postgres;
use crate::workspace::{self, say};
use crate::{Result, command, packages, tools};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::Command;

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
    /// Write the raw figures and ratios here as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What to measure.
    #[command(subcommand)]
    what: Option<What>,
}

/// What to measure beside documents.
#[derive(Subcommand)]
enum What {
    /// The agent: memory, start, idle CPU, and the latency of a login beside the raw signature.
    Agent {
        /// Starts, logins and signatures.
        #[arg(long, default_value_t = 50)]
        count: usize,
    },
    /// Files with many signatures: verifying beside one hash and pyHanko, one page in process and as a process,
    /// memory over ten thousand verifications.
    Signatures {
        /// Measure signatures × sizes and write the plot to `docs/` instead.
        #[arg(long)]
        plot: bool,
    },
    /// An authority: issuing, OCSP and time stamps a second, beside OpenSSL's commands.
    Authority {
        /// Operations in one round.
        #[arg(long, default_value_t = 200)]
        count: usize,
    },
    /// Bindings: a login end to end beside the raw verification, look-ups on PostgreSQL among few and many, with the ratio.
    Bindings {
        /// Bindings in the large database.
        #[arg(long, default_value_t = 10_000_000)]
        large: u64,
        /// Logins and look-ups of each kind.
        #[arg(long, default_value_t = 300)]
        count: usize,
    },
}

/// Builds the benches optimised and runs them, with the peer's Python beside.
pub fn bench(options: Options) -> Result<()> {
    packages::ensure(&[packages::C_COMPILER])?;
    match options.what {
        Some(What::Agent { count }) => return agent(count, options.json),
        Some(What::Authority { count }) => return authority(count, options.json),
        Some(What::Bindings { large, count }) => return bindings(large, count, options.json),
        Some(What::Signatures { plot }) => return signatures(plot, options.json),
        None => {}
    }
    let python = tools::python()?;
    say("building the benches, optimised (minutes the first time)");
    let mut bench = Command::new(tools::cargo());
    bench
        .args(["run", "--locked", "--release", "-p", "bench", "--"])
        .env("YINXIN_PYTHON", python)
        .current_dir(workspace::root());
    if let Some(file) = options.json {
        bench
            .arg("--json")
            .arg(std::path::absolute(file).map_err(crate::Error::failed)?);
    }
    command::pass_through(&mut bench)
}

/// Builds the agent and what it works with optimised, and measures it from outside.
fn agent(count: usize, json: Option<PathBuf>) -> Result<()> {
    crate::pages::build()?;
    say("building the agent, optimised (minutes the first time)");
    let mut build = Command::new(tools::cargo());
    build
        .args([
            "build",
            "--locked",
            "--release",
            "-p",
            "bench",
            "-p",
            "agent",
        ])
        .args(["-p", "token", "-p", "skf-soft"])
        .current_dir(workspace::root());
    command::pass_through(&mut build)?;
    let mut bench = Command::new(workspace::target().join("release/bench"));
    bench.current_dir(workspace::root());
    if let Some(file) = json {
        bench
            .arg("--json")
            .arg(std::path::absolute(file).map_err(crate::Error::failed)?);
    }
    bench.args([
        "agent",
        "--catalogue",
        "catalogue",
        "--count",
        &count.to_string(),
    ]);
    command::pass_through(&mut bench)
}

/// Builds the benches optimised and measures the issuer's machines, with OpenSSL 4 beside.
fn authority(count: usize, json: Option<PathBuf>) -> Result<()> {
    let openssl = tools::openssl4()?;
    say("building the benches, optimised (minutes the first time)");
    let mut bench = Command::new(tools::cargo());
    bench
        .args(["run", "--locked", "--release", "-p", "bench", "--"])
        .env("YINXIN_OPENSSL4", openssl)
        .current_dir(workspace::root());
    if let Some(file) = json {
        bench
            .arg("--json")
            .arg(std::path::absolute(file).map_err(crate::Error::failed)?);
    }
    bench.args(["authority", "--count", &count.to_string()]);
    command::pass_through(&mut bench)
}

/// Builds the server's bench optimised and runs it with a PostgreSQL of its own.
fn bindings(large: u64, count: usize, json: Option<PathBuf>) -> Result<()> {
    packages::ensure(&[packages::POSTGRES])?;
    let postgres = Postgres::start()?;
    say("building the server's bench, optimised (minutes the first time)");
    let mut bench = Command::new(tools::cargo());
    bench
        .args(["bench", "--locked", "-p", "server", "--bench", "bindings"])
        .args(["--", "--large", &large.to_string()])
        .args([
            "--logins",
            &count.to_string(),
            "--lookups",
            &count.to_string(),
        ])
        .env("YINXIN_TEST_POSTGRES", postgres.url())
        .current_dir(workspace::root());
    if let Some(file) = json {
        bench
            .arg("--json")
            .arg(std::path::absolute(file).map_err(crate::Error::failed)?);
    }
    command::pass_through(&mut bench)
}

/// Builds the benches and the program optimised and measures files with many signatures.
fn signatures(plot: bool, json: Option<PathBuf>) -> Result<()> {
    let python = tools::python()?;
    if !plot {
        crate::pages::build()?;
    }
    say("building the benches, optimised (minutes the first time)");
    let mut build = Command::new(tools::cargo());
    build.args(["build", "--locked", "--release", "-p", "bench"]);
    if !plot {
        build.args(["-p", "server"]);
    }
    command::pass_through(build.current_dir(workspace::root()))?;
    let release = workspace::target().join("release");
    let mut bench = Command::new(release.join("bench"));
    bench
        .current_dir(workspace::root())
        .env("YINXIN_PYTHON", python);
    if let Some(file) = json {
        bench
            .arg("--json")
            .arg(std::path::absolute(file).map_err(crate::Error::failed)?);
    }
    bench.arg("signatures");
    if plot {
        bench.args(["--plot", "docs"]);
    } else {
        bench.arg("--yinxin").arg(release.join("yinxin"));
    }
    command::pass_through(&mut bench)
}
