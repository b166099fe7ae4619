//! `yinxin-agent doctor`: looks at everything that a login needs, and says what is wrong and what to do.
//!
//! 0 when nothing failed, 1 when something did, 3 when something could not be found out.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use doctor::machine::DisplaySeen;
use doctor::{Action, Diagnosis, Finding, Outcome};
use serde_json::json;
use token::{ServiceOptions, TokenService};
use tokio::sync::{Mutex, OnceCell};

use super::ask::language;
use super::choose::Rules;
use super::{Failure, Libraries};
use crate::doctor::{Desktop, Source, deeds, diagnose, environment, limits, worker_program};
use crate::prompt::Language;
use crate::prompt::pinentry::{Desk, Pinentry};
use crate::remote::Remote;
use crate::state::default_folder;
use crate::system_clock;

/// Options of `doctor`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub libraries: Libraries,
    #[command(flatten)]
    rules: Rules,
    /// A platform to reach, whose clock is compared.
    #[arg(long, value_name = "URL")]
    platform: Option<String>,
    /// A port of the agent; may be given more than once. Default: 17590, 27590, 37590.
    #[arg(long)]
    port: Vec<u16>,
    /// The state folder. Default: $XDG_STATE_HOME/yinxin-agent, on Windows %LOCALAPPDATA%\yinxin-agent.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Leave out what is nobody's business: for a support desk.
    #[arg(long)]
    redacted: bool,
    /// Mend before looking: start the service, or clear what an interrupted run left behind.
    #[arg(long, value_enum, value_name = "DEED")]
    mend: Option<Mend>,
}

/// What a command can mend; the rest is the agent's own page's.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Mend {
    /// Start the agent's service.
    StartService,
    /// Take away files that an interrupted run left behind.
    ClearStale,
}

/// Looks, and tells.
pub async fn doctor(options: Options) -> Result<(), Failure> {
    let state = options.state.clone().unwrap_or_else(default_folder);
    if let Some(mend) = options.mend {
        let action = match mend {
            Mend::StartService => Action::StartService,
            Mend::ClearStale => Action::ClearStale,
        };
        let done = deeds::perform(action, None, &state, system_clock()())
            .map_err(Failure::undetermined)?;
        if !options.libraries.json {
            println!(
                "{}: {}  {}",
                done.action,
                done.count,
                done.commands.join("; ")
            );
        }
    }
    let desktop = desktop(&options, state)?;
    let as_json = options.libraries.json;
    let language = language();
    let (redacted, mut told) = (options.redacted, 0);
    let diagnosis = diagnose(&desktop, |finding| {
        if !as_json {
            print(finding, redacted, language);
            told += 1;
        }
    })
    .await;
    let diagnosis = if redacted {
        diagnosis.redacted()
    } else {
        diagnosis
    };
    if as_json {
        println!("{}", json!(diagnosis));
    } else {
        conclude(&diagnosis, told, language);
    }
    match diagnosis.outcome {
        Some(Outcome::Failed) => Err(Failure::Told(1)),
        Some(Outcome::Unknown) => Err(Failure::Told(3)),
        _ => Ok(()),
    }
}

fn print(finding: &Finding, redacted: bool, language: Language) {
    let mark = match finding.outcome {
        Outcome::Good => "✓",
        Outcome::Warning => "!",
        Outcome::Unknown => "?",
        Outcome::Failed => "✗",
    };
    let text = |text: &contract::Text| language.pick(&text.zh, &text.en).to_owned();
    let code = match finding.number {
        Some(number) => format!(
            "{} · #{number} {}",
            finding.code,
            finding.case.unwrap_or_default()
        ),
        None => finding.code.to_owned(),
    };
    println!("{mark} {}  [{code}]", text(&finding.summary));
    let redacted = redacted.then(|| finding.redacted());
    let seen = redacted.as_ref().unwrap_or(finding);
    for seen in &seen.evidence {
        println!("    {seen}");
    }
    if let Some(cause) = &finding.cause {
        println!("    {}", text(cause));
    }
    for (at, step) in finding.steps.iter().enumerate() {
        println!("    {}. {}", at + 1, text(step));
    }
}

/// The last line: all is well at one glance, or where the chain is broken.
fn conclude(diagnosis: &Diagnosis, told: usize, language: Language) {
    let text = |text: &contract::Text| language.pick(&text.zh, &text.en).to_owned();
    let chain: Vec<String> = diagnosis
        .chain
        .links
        .iter()
        .map(|link| {
            let mark = match link.outcome {
                Some(Outcome::Good) => "✓",
                Some(Outcome::Warning) => "!",
                Some(Outcome::Unknown) => "?",
                Some(Outcome::Failed) => "✗",
                None => "·",
            };
            format!("{} {mark}", text(&link.name))
        })
        .collect();
    println!("\n{}", chain.join(" → "));
    let bad = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Failed)
        .count();
    println!(
        "{}",
        match bad {
            0 => language
                .pick("没有发现故障", "Nothing has failed")
                .to_owned(),
            bad => language
                .pick(&format!("{bad} 项故障"), &format!("{bad} failed"))
                .to_owned(),
        } + &format!("  ({told}, {} ms)", diagnosis.millis)
    );
}

fn desktop(options: &Options, state_folder: PathBuf) -> Result<Desktop, Failure> {
    let ports = if options.port.is_empty() {
        contract::AGENT_PORTS.to_vec()
    } else {
        options.port.clone()
    };
    let folder = options.rules.folder()?;
    let catalogue = Arc::new(options.rules.load()?);
    let worker = worker_program();
    let service = TokenService::new(
        options.libraries.loaded(catalogue.modules()),
        ServiceOptions {
            worker: Some(worker.clone()),
            limits: limits(),
        },
    )?;
    let desk = Desk::of_process();
    let own = std::env::current_exe().ok();
    Ok(Desktop {
        clock: system_clock(),
        ports,
        own_port: None,
        evidence: super::serve::evidence(&options.rules.anchors),
        catalogue,
        catalogue_folder: Some(folder),
        tokens: Source::Apart(service.apart(limits())),
        programs: own.into_iter().chain([worker]).collect(),
        state_folder,
        pin_window: DisplaySeen {
            desktop: desk.display,
            pin_program: Pinentry::find(&desk).is_some(),
        },
        site: None,
        platform: match &options.platform {
            Some(address) => Some(Mutex::new(Remote::at(address)?)),
            None => None,
        },
        environment,
        root: PathBuf::from("/"),
        listed: OnceCell::new(),
    })
}
