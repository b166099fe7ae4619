//! `yinxin serve`: the platforms over HTTP until Ctrl-C or SIGTERM.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domain::{Clock as _, Randomness};
use evidence::Mirror;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::authority::key_file::{Cost, KeyFileError};
use crate::authority::{Authorities, passphrase};
use crate::files::Files;
use crate::http;
use crate::keys::{InstallationKeys, gateway_key};
use crate::payments::Gateway;
use crate::payments::query::HttpAsk;
use crate::revocation::FetchedLists;
use crate::rules::{RuleBook, RuleFolders};
use crate::state::{AppState, Parts};
use crate::system::{SystemClock, SystemRandomness};
use crate::workshop::Workshop;

/// Requests under way get this long to finish once the end was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Options of `yinxin serve`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) installation: Installation,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Port where pages look for the agent; may be given up to three times. By default the agent's own three.
    #[arg(long = "agent-port", value_name = "PORT", default_values_t = contract::AGENT_PORTS)]
    agent_ports: Vec<u16>,
    /// Font for seal pictures (TrueType or OpenType with Chinese glyphs).
    #[arg(long)]
    seal_font: Option<PathBuf>,
    /// Fetches evidence under one address from another: FROM=TO.
    #[arg(long = "evidence-mirror", value_name = "FROM=TO")]
    evidence_mirrors: Vec<Mirror>,
    /// Address of the payment gateway's pages, as browsers and this server reach it; without it there are transfers only.
    #[arg(long, value_name = "URL")]
    gateway: Option<Url>,
    /// Prints one JSON line when ready, and logs as JSON.
    #[arg(long)]
    json: bool,
}

/// Where an installation keeps what it has.
#[derive(Debug, Args)]
pub struct Installation {
    /// Data folder: keys, and by default database and files.
    #[arg(long)]
    pub data: PathBuf,
    /// Database URL, `sqlite:` or `postgres:`; by default a SQLite file in the data folder.
    #[arg(long, env = "YINXIN_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Object store URL, `file:///folder`; by default a folder in the data folder.
    #[arg(long)]
    pub objects: Option<String>,
    /// Folder of provider files.
    #[arg(long, default_value = "catalogue")]
    pub catalogue: PathBuf,
    /// Folder of trust anchors; may be given several times.
    #[arg(long)]
    pub anchors: Vec<PathBuf>,
    /// Folder of platform files.
    #[arg(long, default_value = "platforms")]
    pub platforms: PathBuf,
}

/// Why the program did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The file system or the network.
    #[error("{context}: {source}")]
    Io {
        /// What was tried.
        context: String,
        /// What came back.
        source: std::io::Error,
    },
    /// The database or the object store.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The files of providers and platforms.
    #[error(transparent)]
    Rules(#[from] crate::rules::RuleError),
    /// The client for evidence.
    #[error(transparent)]
    Evidence(#[from] evidence::SetUpError),
    /// The keys of responders and time-stamping authorities.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// An option's value.
    #[error("{0}")]
    Usage(String),
}

impl StartError {
    pub(crate) fn io(context: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let context = context.into();
        move |source| Self::Io { context, source }
    }
}

impl Installation {
    /// The object store's URL.
    pub(crate) fn objects_url(&self) -> Result<String, StartError> {
        if let Some(url) = &self.objects {
            return Ok(url.clone());
        }
        let folder = absolute(&self.data.join("objects"))?;
        Url::from_directory_path(&folder)
            .map(String::from)
            .map_err(|()| StartError::Usage(format!("{} is no folder for files", folder.display())))
    }

    /// The folders of rules; the data folder's own anchors come after those that were named.
    pub(crate) fn rule_folders(&self) -> RuleFolders {
        let mut anchors = self.anchors.clone();
        anchors.push(self.data.join("anchors"));
        RuleFolders {
            catalogue: self.catalogue.clone(),
            anchors,
            platforms: self.platforms.clone(),
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, StartError> {
    std::path::absolute(path).map_err(StartError::io(format!("{}", path.display())))
}

/// The database's URL: what was named, else a SQLite file in the data folder.
pub(crate) fn database_url(named: Option<&str>, data: &Path) -> String {
    named.map_or_else(
        || format!("sqlite:{}?mode=rwc", data.join("yinxin.db").display()),
        str::to_owned,
    )
}

/// Serves until asked to end.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    crate::cli::log::start(arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return crate::cli::log::fail(&error),
    };
    match runtime.block_on(serve(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => crate::cli::log::fail(&error),
    }
}

fn gateway(arguments: &Arguments) -> Result<Gateway, StartError> {
    let key = gateway_key(&arguments.installation.data, &SystemRandomness)
        .map_err(StartError::io("opening the gateway's key"))?;
    let Some(url) = &arguments.gateway else {
        return Ok(Gateway {
            key,
            address: None,
            ask: None,
        });
    };
    let address = url.as_str().trim_end_matches('/').to_owned();
    let ask = HttpAsk::new(key.clone(), address.clone())
        .map_err(|error| StartError::Usage(error.to_string()))?;
    Ok(Gateway {
        key,
        address: Some(address),
        ask: Some(Box::new(ask)),
    })
}

async fn serve(arguments: &Arguments) -> Result<(), StartError> {
    let installation = &arguments.installation;
    let spool = installation.data.join("spool");
    let keys = InstallationKeys::open(&installation.data, &SystemRandomness)
        .map_err(StartError::io("opening the installation's keys"))?;
    let store = store::Store::open(
        &database_url(installation.database.as_deref(), &installation.data),
        keys.audit,
    )
    .await?;
    let rules = RuleBook::open(installation.rule_folders(), SystemClock.now())?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(StartError::io(format!("listening on {}", arguments.listen)))?;
    let port = listener
        .local_addr()
        .map_err(StartError::io("reading the port"))?
        .port();

    let store = Arc::new(store);
    let revocation = FetchedLists::new(
        arguments.evidence_mirrors.clone(),
        Arc::clone(&store),
        Arc::new(SystemRandomness),
    )?;
    // Authorities' keys are opened by `yinxin ca` alone.
    let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    let signers = passphrase::signer_vault(&installation.data, Cost::default(), &random)?;
    let authorities = Authorities::without_keys(
        Arc::clone(&store),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    )
    .with_signers(signers);
    let state = AppState::new(Parts {
        store,
        files: Files::new(spool, store::objects::open(&installation.objects_url()?)?)
            .map_err(StartError::io("making the spool"))?,
        workshop: Workshop::new(arguments.seal_font.as_deref()),
        rules,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandomness),
        challenge_key: keys.challenge,
        port,
        agent_ports: arguments.agent_ports.iter().copied().take(3).collect(),
        revocation: Arc::new(revocation),
        authorities,
        status: crate::status::Desks::default(),
        gateway: gateway(arguments)?,
        jobs_changed: tokio::sync::Notify::new(),
    });
    crate::status::presign::schedule(&state).await?;
    // It ends with the runtime; a job that it is at is claimed again once the lease has ended.
    let jobs = tokio::spawn(crate::jobs::work(state.clone()));
    let app = http::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();

    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(StartError::io("waiting for signals"))?;
    let mut terminate =
        signal(SignalKind::terminate()).map_err(StartError::io("waiting for signals"))?;
    let (end, ended) = tokio::sync::watch::channel(false);
    let mut begun = ended.clone();
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        let _ = end.send(true);
    });
    if arguments.json {
        println!("{}", serde_json::json!({ "ready": true, "port": port }));
    } else {
        for platform in state.current_rules().platforms.iter() {
            println!("{}  {}", platform.name.zh, platform.origin(port));
        }
    }
    let limit = async move {
        let _ = begun.wait_for(|ended| *ended).await;
        // Waiting for nothing, for as long as the grace lasts.
        let _ = tokio::time::timeout(GRACE, std::future::pending::<()>()).await;
    };
    tokio::select! {
        result = async { server.await } => result.map_err(StartError::io("serving"))?,
        () = limit => tracing::warn!("requests under way were cut off"),
    }
    drop(ended);
    jobs.abort();
    state.store.close().await;
    Ok(())
}
