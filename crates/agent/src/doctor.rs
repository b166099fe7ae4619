//! The doctor's probes on this desktop: what the engine of the crate `doctor` asks, answered by the system.
//!
//! | probe | by |
//! |---|---|
//! | ports, service | a hello on each port; the session's service manager |
//! | libraries, keys | each library in a worker of its own, with a limit; [`tokens`] |
//! | USB devices, who holds them, other CAs' clients | `/sys/bus/usb`, `/proc`; [`linux`] |
//! | folders, disk | a file that is written and taken away; [`folders`] |
//! | the platform | its `Date` and its downloads |
//!
//! Every probe that may block runs on a thread that may; none trusts another. [`deeds`] is what the agent mends by itself.

pub mod deeds;
mod folders;
pub mod linux;
mod tokens;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use doctor::machine::*;
use doctor::{Answer, Diagnosis, Finding, Limits, Machine, Timer, Unseen};
use futures_util::future::BoxFuture;
use pki::UnixTime;
use pki::path::TrustStore;
use serde_json::Value;
use token::TokenService;
use tokio::sync::{Mutex, OnceCell};

use crate::remote::Remote;
use crate::tokens::Tokens;
use crate::{Clock, instance};

/// The longest that a library may take to list its keys here: every check is to end within five seconds.
const LIBRARY: Duration = Duration::from_millis(4000);
/// The longest that a platform may take.
const PLATFORM: Duration = Duration::from_millis(4000);

/// How tokens are listed.
pub enum Source {
    /// Each library by itself, so that its time is its own and one that hangs is named.
    Apart(Vec<(PathBuf, TokenService)>),
    /// All at once, where the tokens are no service: a test's.
    Whole(Arc<dyn Tokens>),
}

impl Source {
    /// By what an agent has.
    pub fn of(tokens: &Arc<dyn Tokens>) -> Source {
        match tokens.service() {
            Some(service) => Source::Apart(service.apart(limits())),
            None => Source::Whole(Arc::clone(tokens)),
        }
    }
}

/// Limits of a library that is asked by the doctor.
pub fn limits() -> token::Limits {
    token::Limits {
        enumerate: LIBRARY,
        ..token::Limits::default()
    }
}

/// This desktop.
pub struct Desktop {
    /// The clock.
    pub clock: Clock,
    /// The agent's ports.
    pub ports: Vec<u16>,
    /// The port that this very process serves.
    pub own_port: Option<u16>,
    /// The catalogue and its folder.
    pub catalogue: Arc<Catalogue>,
    /// Where it was read from; absent where it is not known.
    pub catalogue_folder: Option<PathBuf>,
    /// Revocation lists that lie here.
    pub evidence: TrustStore,
    /// The tokens.
    pub tokens: Source,
    /// Programs that must be there.
    pub programs: Vec<PathBuf>,
    /// The state folder; it need not exist.
    pub state_folder: PathBuf,
    /// Whether a desktop is there, and a program that asks for PINs.
    pub pin_window: DisplaySeen,
    /// The site that was refused last, as the rules see it now.
    pub site: Option<SiteSeen>,
    /// A platform to reach.
    pub platform: Option<Mutex<Remote>>,
    /// The environment.
    pub environment: fn(&str) -> Option<OsString>,
    /// Where the system's files begin: `/`, but for tests.
    pub root: PathBuf,
    /// What was listed, once for all who ask.
    pub listed: OnceCell<TokensSeen>,
}

/// The system's environment.
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The worker program, whether it is there or not: the doctor says so itself.
pub fn worker_program() -> PathBuf {
    environment("YINXIN_TOKEN_WORKER")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| {
            let name = format!("yinxin-token-worker{}", std::env::consts::EXE_SUFFIX);
            let own = std::env::current_exe().unwrap_or_default();
            own.parent().unwrap_or(Path::new("/")).join(name)
        })
}

/// Tokio's time, from now on.
pub struct FromNow(Instant);

impl FromNow {
    /// The diagnosis begins.
    pub fn begin() -> FromNow {
        FromNow(Instant::now())
    }
}

impl Timer for FromNow {
    fn after(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
        })
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Looks at this desktop.
pub async fn diagnose(desktop: &Desktop, tell: impl FnMut(&Finding)) -> Diagnosis {
    doctor::diagnose(desktop, &FromNow::begin(), Limits::default(), tell).await
}

/// Work that may block, on a thread that may.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Unseen::Failed(error.to_string())))
}

impl Desktop {
    async fn seen_tokens(&self) -> &TokensSeen {
        self.listed
            .get_or_init(|| async {
                let mut seen = tokens::seen(self).await;
                let root = self.root.clone();
                let catalogue = Arc::clone(&self.catalogue);
                let reached: Vec<PathBuf> = seen
                    .libraries
                    .iter()
                    .filter(|library| library.keys.as_ref().is_ok_and(|keys| *keys > 0))
                    .map(|library| library.path.clone())
                    .collect();
                let busy = seen
                    .troubles
                    .iter()
                    .any(|trouble| trouble.code == contract::ErrorCode::TokenBusy);
                let around = aside(move || {
                    let usb = linux::usb(&root, catalogue.modules(), &reached);
                    let holders = if busy {
                        linux::holders(&root)
                    } else {
                        Vec::new()
                    };
                    Ok((usb, holders))
                });
                if let Ok((usb, holders)) = around.await {
                    seen.usb = usb;
                    seen.holders = holders;
                }
                seen
            })
            .await
    }

    async fn offered(&self, remote: &Mutex<Remote>) -> Result<Option<String>, String> {
        let mut remote = remote.lock().await;
        let list: Value = remote
            .get("downloads")
            .await
            .map_err(|error| error.to_string())?;
        let items = list["items"].as_array().into_iter().flatten();
        let agent = items.filter(|item| item["owner"]["kind"] == "agent");
        Ok(agent
            .filter_map(|item| item["version"].as_str())
            .max()
            .map(str::to_owned))
    }
}

impl Machine for Desktop {
    fn now(&self) -> UnixTime {
        (self.clock)()
    }

    fn agent(&self) -> BoxFuture<'_, Answer<AgentSeen>> {
        Box::pin(async move {
            let root = self.root.clone();
            let asked = self.ports.iter().map(|&port| {
                let root = root.clone();
                async move {
                    if self.own_port == Some(port) {
                        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
                        return (port, PortHolder::Agent { version });
                    }
                    let holder = match instance::hello(port).await {
                        Ok(hello) => PortHolder::Agent {
                            version: Some(hello.version),
                        },
                        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                            PortHolder::Free
                        }
                        Err(_) => PortHolder::Other {
                            process: aside(move || Ok(linux::listener(&root, port)))
                                .await
                                .ok()
                                .flatten(),
                        },
                    };
                    (port, holder)
                }
            });
            Ok(AgentSeen {
                ports: futures_util::future::join_all(asked).await,
                service: aside(|| Ok(deeds::service())).await.ok().flatten(),
            })
        })
    }

    fn programs(&self) -> BoxFuture<'_, Answer<Vec<ProgramSeen>>> {
        let programs = self.programs.clone();
        Box::pin(aside(move || {
            Ok(programs
                .into_iter()
                .map(|path| ProgramSeen {
                    state: match std::fs::metadata(&path) {
                        Ok(about) if about.is_file() && about.len() > 0 => ProgramState::Present,
                        Ok(_) => ProgramState::Damaged,
                        Err(_) => ProgramState::Missing,
                    },
                    path,
                })
                .collect())
        }))
    }

    fn folders(&self) -> BoxFuture<'_, Answer<FoldersSeen>> {
        let (folder, own) = (self.state_folder.clone(), self.programs.clone());
        let now = self.now();
        Box::pin(aside(move || Ok(folders::seen(&folder, &own, now))))
    }

    fn display(&self) -> BoxFuture<'_, Answer<DisplaySeen>> {
        let seen = self.pin_window;
        Box::pin(async move { Ok(seen) })
    }

    fn session(&self) -> BoxFuture<'_, Answer<SessionSeen>> {
        Box::pin(async {
            // A key that is seen was passed on: then it does not matter where the session is.
            if !self.seen_tokens().await.keys.is_empty() {
                return Ok(SessionSeen::default());
            }
            let (environment, root) = (self.environment, self.root.clone());
            aside(move || Ok(linux::session(environment, &root))).await
        })
    }

    fn proxy(&self) -> BoxFuture<'_, Answer<ProxySeen>> {
        let environment = self.environment;
        Box::pin(async move { Ok(linux::proxy(environment)) })
    }

    fn versions(&self) -> BoxFuture<'_, Answer<Vec<VersionSeen>>> {
        Box::pin(async {
            let Some(remote) = &self.platform else {
                return Err(Unseen::NotHere);
            };
            let offered = tokio::time::timeout(PLATFORM, self.offered(remote)).await;
            // That the platform is not reached is another check's to say.
            let Ok(Ok(Some(offered))) = offered else {
                return Err(Unseen::NotHere);
            };
            Ok(vec![VersionSeen {
                what: "yinxin-agent".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                offered,
            }])
        })
    }

    fn site(&self) -> BoxFuture<'_, Answer<SiteSeen>> {
        let site = self.site.clone();
        Box::pin(async move { site.ok_or(Unseen::NotHere) })
    }

    fn catalogue(&self) -> BoxFuture<'_, Answer<CatalogueSeen>> {
        let catalogue = Arc::clone(&self.catalogue);
        let folder = self.catalogue_folder.clone();
        Box::pin(aside(move || {
            Ok(CatalogueSeen {
                changed: folder
                    .as_deref()
                    .and_then(|folder| folders::newest(folder, 0)),
                folder: folder.unwrap_or_default(),
                providers: catalogue.providers().count(),
                missing_anchors: catalogue.missing_anchors().to_vec(),
            })
        }))
    }

    fn tokens(&self) -> BoxFuture<'_, Answer<TokensSeen>> {
        Box::pin(async { Ok(self.seen_tokens().await.clone()) })
    }

    fn clients(&self) -> BoxFuture<'_, Answer<Vec<ClientSeen>>> {
        let root = self.root.clone();
        Box::pin(aside(move || linux::clients(&root)))
    }

    fn platform(&self) -> BoxFuture<'_, Answer<PlatformSeen>> {
        Box::pin(async {
            let Some(remote) = &self.platform else {
                return Err(Unseen::NotHere);
            };
            let asked = async {
                let remote = remote.lock().await;
                (remote.origin().to_owned(), remote.clock().await)
            };
            let Ok((origin, clock)) = tokio::time::timeout(PLATFORM, asked).await else {
                return Err(Unseen::Failed("the platform did not answer".to_owned()));
            };
            let skew = clock
                .map(|theirs| theirs.map(|theirs| self.now().0 - theirs.0))
                .map_err(|error| error.to_string());
            Ok(PlatformSeen { origin, skew })
        })
    }
}
