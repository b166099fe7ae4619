//! A soak of the client: keys pulled out and plugged in, and a login after each, for as long as is asked, on a
//! demo of its own with server, agent, workers and soft keys as they are delivered. It fails when the agent's
//! memory grows, when a worker is left over or stuck, or when a login fails.
//!
//! ```text
//! soak --xtask target/debug/xtask [--minutes 10] [--json FILE]
//! ```
//! Exit codes: 0 good, 1 something leaked or failed, 2 usage, 3 the demo could not be started.

mod demo;
mod figures;
mod pages;
mod processes;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use figures::Figures;

/// What went wrong, in words for the terminal.
type Error = Box<dyn std::error::Error>;

/// Inserts, removals and logins without end, and a look at what they leave behind.
#[derive(Parser)]
struct Options {
    /// The program behind `cargo xtask`, which starts the demo.
    #[arg(long, value_name = "PATH")]
    xtask: PathBuf,
    /// How long.
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Write the figures here as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let demo = runtime.map_err(Error::from).and_then(|runtime| {
        let folder = tempfile::tempdir()?;
        Ok((runtime, demo::Demo::start(&options.xtask, folder)?))
    });
    let (runtime, demo) = match demo {
        Ok(started) => started,
        Err(error) => {
            eprintln!("soak: the demo could not be started: {error}");
            return ExitCode::from(3);
        }
    };
    let soaked = runtime.block_on(soak(&demo, Duration::from_secs(60 * options.minutes)));
    let ended = demo.end();
    match soaked.and_then(|figures| ended.map(|()| figures)) {
        Ok(figures) => report(&figures, options.json),
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::from(1)
        }
    }
}

/// Rounds until the time is up. A round: pull the key out, see it gone, plug it in, see it there, log in, log out.
async fn soak(demo: &demo::Demo, length: Duration) -> Result<Figures, Error> {
    let agent = pages::AgentPage::new(demo.agent.clone());
    let mut platform = pages::Platform::new(demo.platform.clone());
    platform
        .log_in_by_password(&demo.account, &demo.password)
        .await?;
    platform.bind(&agent, &demo.key, &demo.pin).await?;
    platform.log_out().await?;

    let mut figures = Figures::new(length);
    let started = Instant::now();
    while started.elapsed() < length {
        let window = agent.open().await?;
        let seen = window.keys(None).await?;
        demo.set_plugged(&demo.key, false)?;
        figures.removed(window.until(seen, &demo.key, false).await?);
        let seen = window.keys(None).await?;
        demo.set_plugged(&demo.key, true)?;
        figures.inserted(window.until(seen, &demo.key, true).await?);

        let since = Instant::now();
        platform.log_in_by_key(&agent, &demo.key, &demo.pin).await?;
        figures.logged_in(since.elapsed());
        platform.log_out().await?;
        figures.sample(started.elapsed(), processes::family(demo.agent_process)?);
    }
    // What is left once nothing is asked any more.
    figures.at_rest(processes::family(demo.agent_process)?);
    Ok(figures)
}

fn report(figures: &Figures, json: Option<PathBuf>) -> ExitCode {
    print!("{figures}");
    if let Some(file) = json
        && let Err(error) = std::fs::write(&file, figures.json().to_string())
    {
        eprintln!("soak: {}: {error}", file.display());
        return ExitCode::from(3);
    }
    let faults = figures.faults();
    for fault in &faults {
        eprintln!("✗ {fault}");
    }
    println!(
        "{} passed, {} failed",
        figures.checks() - faults.len(),
        faults.len()
    );
    ExitCode::from(u8::from(!faults.is_empty()))
}
