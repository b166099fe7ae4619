//! `yinxin-agent serve`: wires clock, files, catalogue, tokens and port together, and waits for the signal.

use std::path::PathBuf;
use std::sync::Arc;

use catalogue::{Catalogue, CatalogueError, Live, Platforms};
use clap::Args;
use pki::path::TrustStore;
use serde_json::json;

use super::{Failure, Libraries};
use crate::instance::{self, Instance, Start};
use crate::log;
use crate::origin::OriginPolicy;
use crate::prompt::pinentry::{Desk, Pinentry};
use crate::prompt::{PinEntry, PinPrompt};
use crate::serve::{About, Agent, Parts, bind, run};
use crate::sof::listen::Ports;
use crate::sof::{bjca, topcertkit};
use crate::state::default_folder;
use crate::system::{Stop, leave_own_console, open_page};
use crate::system_clock;
use crate::tray::{self, Wish};

/// Options of `serve`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub libraries: Libraries,
    /// The port; 0 picks one. Default: the first free of 17590, 27590, 37590.
    #[arg(long)]
    port: Option<u16>,
    /// The state folder. Default: $XDG_STATE_HOME/yinxin-agent, on Windows %LOCALAPPDATA%\yinxin-agent.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// The catalogue of providers.
    #[arg(long, value_name = "DIR")]
    catalogue: PathBuf,
    /// A folder with the catalogue's anchors; may be given more than once.
    #[arg(long, value_name = "DIR")]
    anchors: Vec<PathBuf>,
    /// The platforms; their https origins may ask for seals.
    #[arg(long, value_name = "DIR")]
    platforms: Option<PathBuf>,
    /// An origin that may ask although it is http or on loopback, exactly as the browser writes it; it may
    /// also ask for seals. For development only.
    #[arg(long, value_name = "ORIGIN")]
    development_origin: Vec<String>,
    /// Where the PIN is entered; stands above the settings. Auto: in a window of the desktop where there is a
    /// display and a pinentry program, else on the agent's page.
    #[arg(long, value_enum, env = "YINXIN_PIN_ENTRY")]
    pin_entry: Option<PinEntry>,
    /// The program that asks for PINs, absolute path. Default: a pinentry of the search path.
    #[arg(long, value_name = "PATH")]
    pinentry: Option<PathBuf>,
    /// The port to take in place of BJCA's client, where the interface of GM/T 0020 is on; 0 picks one.
    #[arg(long, value_name = "PORT", default_value_t = bjca::PORT)]
    sof_bjca_port: u16,
    /// The port to take in place of BJCA's client for wss, where a certificate for loopback is installed.
    #[arg(long, value_name = "PORT", default_value_t = bjca::TLS_PORT)]
    sof_bjca_tls_port: u16,
    /// The port to take in place of TopCertKit.
    #[arg(long, value_name = "PORT", default_value_t = topcertkit::PORT)]
    sof_topcertkit_port: u16,
    /// Don't open the agent's own page in the browser.
    #[arg(long)]
    no_open: bool,
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn serve(options: Options) -> Result<(), Failure> {
    let as_json = options.libraries.json;
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let catalogue_folder = options.catalogue.clone();
    let live =
        watched(options.catalogue, options.anchors.clone()).map_err(|error| usage(&error))?;
    let catalogue = live.current(system_clock()());
    let mut listed = Vec::new();
    if let Some(folder) = &options.platforms {
        let platforms = Platforms::load(folder, &catalogue).map_err(|error| usage(&error))?;
        // A file's origin with a place-holder for the port is a development origin; those are named one by one.
        let https = platforms
            .iter()
            .map(|platform| (platform.origin(443), platform.name.clone()));
        listed.extend(https.filter(|(origin, _)| origin.starts_with("https://")));
    }
    for origin in &options.development_origin {
        eprintln!("yinxin-agent: development origin {origin} is admitted, seals included");
    }
    let policy = OriginPolicy::new(options.development_origin, listed)
        .map_err(|error| usage(&format_args!("--development-origin: {error}")))?;
    let tokens = options.libraries.service(Some(catalogue.modules()))?;
    options.libraries.unlock(&tokens).await?;
    let folder = options.state.clone().unwrap_or_else(default_folder);
    let state = match instance::start(&folder)
        .await
        .map_err(Failure::undetermined)?
    {
        Start::First(state) => state,
        Start::Second(running) => {
            already_running(&running, as_json, !options.no_open);
            return Ok(());
        }
    };
    let logs = state.folder().join("logs");
    log::to_folder(&logs).map_err(Failure::undetermined)?;
    let about = About {
        libraries: options.libraries.in_use(catalogue.modules()),
        log: Some(logs.join("agent.log")),
        evidence: evidence(&options.anchors),
        catalogue: Some(catalogue_folder),
    };

    let desk = Desk::of_process();
    let pinentry = match options.pinentry {
        Some(program) => Some(
            Pinentry::at(program, desk.terminal)
                .map_err(|error| usage(&format_args!("--pinentry: {error}")))?,
        ),
        None => Pinentry::find(&desk),
    };

    let ports = options
        .port
        .map_or_else(|| contract::AGENT_PORTS.to_vec(), |port| vec![port]);
    let (listener, port) = bind(&ports)
        .await
        .map_err(|error| Failure::Undetermined(format!("no port of {ports:?} is free: {error}")))?;
    let parts = Parts {
        state,
        clock: system_clock(),
        policy,
        catalogue: live,
        tokens: Arc::new(tokens.clone()),
        prompt: pinentry.map(|pinentry| Arc::new(pinentry) as Arc<dyn PinPrompt>),
        pin_entry: options.pin_entry,
        about,
    };
    instance::announce(&parts.state, port).map_err(Failure::undetermined)?;
    let agent = Agent::new(port, parts).map_err(Failure::undetermined)?;
    agent.sof_ports.set_ports(Ports {
        bjca: options.sof_bjca_port,
        bjca_tls: options.sof_bjca_tls_port,
        topcertkit: options.sof_topcertkit_port,
    });
    let in_vendors_place = agent.sof_ports.follow(&agent).await;
    let in_vendors_place = in_vendors_place.map_err(Failure::undetermined)?;
    tracing::info!(port, version = env!("CARGO_PKG_VERSION"), "ready");
    let told = Stop::listen().map_err(Failure::undetermined)?.told();
    let (wishes, mut wished) = tokio::sync::mpsc::unbounded_channel();
    let tray = tokio::spawn(tray::run(Arc::clone(&agent), wishes));
    let page = format!("{}/", agent.origin());
    let stop = async move {
        let mut told = std::pin::pin!(told);
        loop {
            tokio::select! {
                () = &mut told => return,
                Some(wish) = wished.recv() => match wish {
                    Wish::OpenPage => open_page(&page),
                    Wish::Quit => return,
                },
            }
        }
    };
    let changes = agent.changes.clone();
    let watching = tokio::spawn(async move {
        let mut watcher = tokens.watch();
        loop {
            watcher.changed().await;
            changes.send_modify(|count| *count += 1);
        }
    });

    let origin = agent.origin();
    if as_json {
        println!(
            "{}",
            json!({
                "ready": true, "port": port, "pid": std::process::id(),
                "sof": in_vendors_place,
            })
        );
    } else {
        println!("印信客户端 {origin}  (Ctrl-C ends it)");
    }
    if options.no_open {
        // Started with the session, not by hand: nobody reads a window that holds these lines.
        leave_own_console();
    } else {
        open_page(&format!("{origin}/"));
    }
    let served = run(agent, listener, stop).await;
    watching.abort();
    tray.abort();
    tracing::info!("ended");
    served.map_err(Failure::undetermined)
}

/// A second start: says where the first is, shows its page, and is good.
fn already_running(running: &Instance, as_json: bool, open: bool) {
    let origin = format!("http://127.0.0.1:{}", running.port);
    if as_json {
        let told = json!({ "ready": true, "port": running.port, "pid": running.pid, "already_running": true });
        println!("{told}");
    } else {
        println!("印信客户端已在运行 / already running: {origin}");
    }
    if open {
        open_page(&format!("{origin}/"));
    }
}

/// Revocation lists beside the anchors. A folder that can't be read as evidence is none: keys are shown all
/// the same, and what a platform asks for its server checks.
pub(super) fn evidence(folders: &[PathBuf]) -> TrustStore {
    let mut store = TrustStore::default();
    for folder in folders {
        match evidence::load_trust_dir(folder) {
            Ok(found) => store.crls.extend(found.store.crls),
            Err(error) => {
                tracing::warn!(%error, "no revocation evidence is taken from this folder")
            }
        }
    }
    store
}

/// The catalogue, read again when one of its files has changed. Libraries are loaded at the start only: a new
/// module wants a restart.
fn watched(folder: PathBuf, anchors: Vec<PathBuf>) -> Result<Live<Catalogue>, CatalogueError> {
    let folders = Catalogue::folders(&folder)
        .into_iter()
        .chain(anchors.iter().cloned())
        .collect();
    let load = move || {
        let anchors: Vec<_> = anchors.iter().map(PathBuf::as_path).collect();
        Catalogue::load_with_anchors(&folder, &anchors)
    };
    let report = |change: Result<(), &CatalogueError>| match change {
        Ok(()) => tracing::info!("the catalogue has changed and was read again"),
        Err(error) => {
            tracing::error!(%error, "the catalogue is wrong; the last reading still counts");
        }
    };
    Live::open(folders, system_clock()(), load, report)
}
