//! The loopback service: the popup, the agent's own page, and what both ask of the agent.
//!
//! | path | who may | what |
//! |---|---|---|
//! | `GET /popup` | a top-level navigation | the page, with a token for this load |
//! | `GET /` | a top-level navigation | the agent's own page: keys, history, consents, settings |
//! | `GET /assets/…` | our own page | scripts and styles |
//! | `GET /hello` | programs of this user, not pages | that an agent is here ([`crate::instance`]) |
//! | `POST /api/…` | our own page, with its token | see [`api`] |
//! | `GET /sof` | pages whose origin the user enabled, where that is on | see [`crate::sof`] |
//!
//! Every rule of `docs/protocol-login.md`, "The popup", that a server can enforce stands in [`guard`].

mod api;
mod guard;
mod loads;
mod page;
mod pins;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::middleware;
use axum::routing::get;
use catalogue::{Catalogue, Live};
use contract::ErrorCode;
use doctor::machine::{DisplaySeen, SiteSeen};
use pki::path::TrustStore;
use serde::Serialize;
use token::TokenError;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, watch};

use crate::Clock;
use crate::consent::{Capability, Consents, Permitted};
use crate::doctor::{Desktop, Source};
use crate::history::History;
use crate::journal::{self, Journal};
use crate::keyring::{Keyring, Tokens};
use crate::origin::OriginPolicy;
use crate::peers::OwnUserListener;
use crate::prompt::pinentry::Desk;
use crate::prompt::{PinEntry, PinPrompt};
use crate::settings::Settings;
use crate::sof::listen::Standby;
use crate::sof::settings::SofSettings;
use crate::sof::{Sof, bjca};
use crate::state::State;
use crate::tray;

/// Everything that the service works with.
pub struct Agent {
    /// The port that it listens on; part of its origin.
    pub port: u16,
    /// The clock.
    pub clock: Clock,
    /// Which sites may ask.
    pub policy: OriginPolicy,
    /// Providers and their identity maps.
    pub catalogue: Live<Catalogue>,
    /// The tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Counts insertions and removals.
    pub changes: watch::Sender<u64>,
    /// What the settings page tells of this agent.
    pub about: About,
    settings: Mutex<Settings>,
    sof: Mutex<SofSettings>,
    consents: Mutex<Consents>,
    journal: Mutex<Journal>,
    history: Mutex<History>,
    loads: loads::Loads,
    pins: pins::Pins,
    tray: Mutex<tray::Standing>,
    refused: Mutex<Option<(String, Capability)>>,
    /// The vendors' ports.
    pub sof_ports: Standby,
    spool: PathBuf,
    state: State,
}

/// What an agent is made of.
pub struct Parts {
    /// The state folder.
    pub state: State,
    /// The clock.
    pub clock: Clock,
    /// Which sites may ask.
    pub policy: OriginPolicy,
    /// Providers and their identity maps.
    pub catalogue: Live<Catalogue>,
    /// The tokens.
    pub tokens: Arc<dyn Tokens>,
    /// What opens a PIN window, where there is something.
    pub prompt: Option<Arc<dyn PinPrompt>>,
    /// Where PINs are entered, whatever the settings say.
    pub pin_entry: Option<PinEntry>,
    /// What the settings page tells of this agent.
    pub about: About,
}

/// What the agent was started with, as its settings page tells it.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The token libraries in use.
    pub libraries: Vec<LibraryInUse>,
    /// The log file; `None` where the log goes to standard error.
    pub log: Option<PathBuf>,
    /// Revocation lists that lie on this computer.
    pub evidence: TrustStore,
    /// The catalogue's folder, for its age.
    pub catalogue: Option<PathBuf>,
}

/// A token library that is in use. It is code that runs, so no page chooses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LibraryInUse {
    /// Its path.
    pub path: PathBuf,
    /// What people call the key or its driver, where the catalogue names it.
    pub name: Option<catalogue::Text>,
    /// Whether the catalogue named it; `false`: the command line did.
    pub of_catalogue: bool,
    /// Whether its keys live in a device of their own.
    pub hardware: bool,
}

impl Agent {
    /// Opens settings, consents and journal in the state folder.
    ///
    /// # Errors
    /// What the system says of one of the files.
    pub fn new(port: u16, parts: Parts) -> io::Result<Arc<Agent>> {
        let folder = parts.state.folder();
        Ok(Arc::new(Agent {
            port,
            settings: Mutex::new(Settings::open(folder)?),
            sof: Mutex::new(SofSettings::open(folder)?),
            consents: Mutex::new(Consents::open(folder)?),
            journal: Mutex::new(Journal::open(folder)?),
            history: Mutex::new(History::new(journal::path_in(folder))),
            about: parts.about,
            loads: loads::Loads::default(),
            pins: pins::Pins::new(parts.prompt, parts.pin_entry),
            tray: Mutex::default(),
            refused: Mutex::default(),
            sof_ports: Standby::default(),
            spool: parts.state.spool(),
            clock: parts.clock,
            policy: parts.policy,
            catalogue: parts.catalogue,
            tokens: parts.tokens,
            changes: watch::Sender::new(0),
            state: parts.state,
        }))
    }

    /// The catalogue as its files say now; see [`Live::current`].
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.current((self.clock)())
    }

    /// The agent's own origin.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether a site may ask for a capability at all; a consent is given and used only with this.
    fn permit(&self, origin: &str, capability: Capability) -> Option<Permitted> {
        Permitted::by(&self.policy, &self.settings(), origin, capability)
    }

    /// Keeps the site that was refused last, for whoever asks why its page reads no key.
    fn note_refused(&self, origin: &str, capability: Capability) {
        if origin.len() <= contract::seal_intent::MAX_ORIGIN_BYTES {
            *held(&self.refused) = Some((origin.to_owned(), capability));
        }
    }

    /// Lets the site that was refused last ask for what it was refused, where the user may decide that.
    fn allow_refused(&self) -> Result<Option<String>, ErrorCode> {
        let Some((origin, capability)) = held(&self.refused).clone() else {
            return Ok(None);
        };
        let site = self.policy.admit(&origin).map_err(|why| why.code())?;
        self.settings()
            .set_enabled(&site.origin, capability, true)
            .map_err(|_| ErrorCode::Internal)?;
        Ok(Some(site.origin))
    }

    /// This computer, for the doctor.
    fn desktop(&self) -> Desktop {
        let worker = self
            .tokens
            .service()
            .map(|service| service.program().to_owned());
        let own = std::env::current_exe().ok();
        let refused = held(&self.refused).clone();
        Desktop {
            clock: Arc::clone(&self.clock),
            ports: vec![self.port],
            own_port: Some(self.port),
            catalogue: self.catalogue(),
            catalogue_folder: self.about.catalogue.clone(),
            evidence: self.about.evidence.clone(),
            tokens: Source::of(&self.tokens),
            programs: own.into_iter().chain(worker).collect(),
            state_folder: self.state.folder().to_owned(),
            pin_window: DisplaySeen {
                desktop: self.pins.has_window() || Desk::of_process().display,
                pin_program: self.pins.has_window(),
            },
            site: refused.map(|(origin, capability)| SiteSeen {
                refused: match self.policy.admit(&origin) {
                    Err(why) => Some(why.code()),
                    Ok(_) if self.permit(&origin, capability).is_some() => None,
                    Ok(_) => Some(ErrorCode::CapabilityRefused),
                },
                origin,
            }),
            platform: None,
            environment: crate::doctor::environment,
            root: PathBuf::from("/"),
            listed: OnceCell::new(),
        }
    }

    /// Tells every page that waits that the keys are not as they were.
    fn keys_changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// A PIN that has just been locked is a change like a plug that was pulled.
    fn heard(&self, error: &TokenError) {
        if matches!(
            error,
            TokenError::PinLocked | TokenError::PinWrong { left: Some(0) }
        ) {
            self.keys_changed();
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        held(&self.history)
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        held(&self.settings)
    }

    fn consents(&self) -> MutexGuard<'_, Consents> {
        held(&self.consents)
    }

    /// Where settings, journal and what else belongs to this agent lie.
    pub(crate) fn state_folder(&self) -> &std::path::Path {
        self.state.folder()
    }

    /// What is plugged in, as its owner sees it.
    pub(crate) async fn keyring_for_owner(&self) -> Keyring {
        let listing = self.tokens.list().await;
        Keyring::of(&listing, &self.catalogue(), (self.clock)())
    }

    /// What became of the tray.
    pub fn tray(&self) -> tray::Standing {
        *held(&self.tray)
    }

    pub(crate) fn set_tray(&self, standing: tray::Standing) {
        *held(&self.tray) = standing;
    }

    /// A bus took the item: it is shown, unless that bus said from within that nothing on it shows one.
    #[cfg(target_os = "linux")]
    pub(crate) fn tray_is_taken(&self) {
        let mut standing = held(&self.tray);
        if *standing != tray::Standing::NoTray {
            *standing = tray::Standing::Shown;
        }
    }

    /// What is plugged in, as a site may use it.
    pub(crate) async fn keyring_for_sites(&self) -> Keyring {
        let keyring = self.keyring_for_owner().await;
        if self.settings().key_files() {
            keyring
        } else {
            keyring.without_files()
        }
    }

    /// What the user said of the interface for pages that know no other client.
    pub fn sof(&self) -> MutexGuard<'_, SofSettings> {
        held(&self.sof)
    }

    /// What opens PIN windows, where there is something.
    pub(crate) fn prompt(&self) -> Option<Arc<dyn PinPrompt>> {
        self.pins.prompt()
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        held(&self.journal)
    }
}

/// A panic while a file was written leaves the value as it was before: each stores first, then changes.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The routes behind their guards.
pub fn router(agent: Arc<Agent>) -> Router {
    Router::new()
        .route("/popup", get(page::popup))
        .route("/", get(page::home))
        .route("/assets/{*path}", get(page::asset))
        .route("/hello", get(page::hello))
        .nest("/api", api::routes())
        .fallback(page::not_found)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&agent),
            guard::guard,
        ))
        .with_state(agent)
}

/// Takes the first free port of the list, on 127.0.0.1 alone.
///
/// # Errors
/// The last port's, when none is free.
pub async fn bind(ports: &[u16]) -> io::Result<(TcpListener, u16)> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "no port was given");
    for &port in ports {
        match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
            Ok(listener) => {
                let port = listener.local_addr()?.port();
                return Ok((listener, port));
            }
            Err(error) => {
                // Another program's or another user's: the next one of the list is as good.
                tracing::warn!(port, %error, "the port is taken");
                last = error;
            }
        }
    }
    Err(last)
}

/// Serves until `stop` resolves, then lets open requests end.
///
/// # Errors
/// What the listener says.
pub async fn run(
    agent: Arc<Agent>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let changes = agent.changes.clone();
    let stop = async move {
        stop.await;
        // Windows that wait for a key get their answer now and not in twenty seconds.
        changes.send_modify(|count| *count += 1);
    };
    let mut pages = router(Arc::clone(&agent));
    if let Some(sof) = Sof::at_hand(&agent) {
        pages = pages.merge(bjca::own(sof, agent.port));
    }
    axum::serve(OwnUserListener::new(listener)?, pages)
        .with_graceful_shutdown(stop)
        .await
}
