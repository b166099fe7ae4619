//! Taking the ports of the vendors' clients while the module is on, and stepping aside where one of them is held.
//!
//! With a certificate for loopback ([`super::certificate`]) each port answers TLS as well, and BJCA's second one is taken.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use rustls::ServerConfig;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::certificate::Loopback;
use super::door::Door;
use super::{Sof, bjca, topcertkit};
use crate::serve::Agent;

/// Which ports to take; 0 picks one, for tests.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// BJCA's.
    pub bjca: u16,
    /// BJCA's for `wss`, taken where there is a certificate for loopback.
    pub bjca_tls: u16,
    /// TopCertKit's, for `http` and `https`.
    pub topcertkit: u16,
}

impl Default for Ports {
    fn default() -> Ports {
        Ports {
            bjca: bjca::PORT,
            bjca_tls: bjca::TLS_PORT,
            topcertkit: topcertkit::PORT,
        }
    }
}

/// What became of a vendor's port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Taken {
    /// We answer there.
    Serving {
        /// The port.
        port: u16,
    },
    /// Somebody else holds it, most likely the vendor's own client: pages that look there find that one.
    SteppedAside {
        /// The port.
        port: u16,
    },
}

/// What became of the vendors' ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// BJCA's.
    pub bjca: Taken,
    /// BJCA's for `wss`; nothing without a certificate for loopback.
    pub bjca_tls: Option<Taken>,
    /// TopCertKit's.
    pub topcertkit: Taken,
}

/// The vendors' ports of an agent: held while the user has the module on, given back when it goes off.
pub struct Standby {
    ports: std::sync::Mutex<Ports>,
    held: tokio::sync::Mutex<Option<Listening>>,
}

impl Default for Standby {
    fn default() -> Standby {
        Standby::at(Ports::default())
    }
}

impl Standby {
    /// Nothing is held yet.
    pub fn at(ports: Ports) -> Standby {
        Standby {
            ports: std::sync::Mutex::new(ports),
            held: tokio::sync::Mutex::new(None),
        }
    }

    /// Other ports than the vendors', from now on.
    pub fn set_ports(&self, ports: Ports) {
        *self
            .ports
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = ports;
    }

    /// Does what the settings say now, and tells what became of the ports; `None` while the module is off, or no
    /// window can ask for a PIN. A port that was held by somebody is tried again.
    ///
    /// # Errors
    /// What the system says, other than that a port is held.
    pub async fn follow(&self, agent: &Arc<Agent>) -> io::Result<Option<Held>> {
        let mut held = self.held.lock().await;
        let Some(sof) = Sof::of(agent) else {
            if let Some(mut listening) = held.take() {
                // Waited for: a vendor's client that starts now finds its port free.
                listening.tasks.shutdown().await;
            }
            return Ok(None);
        };
        let ports = *self
            .ports
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let listening = match &mut *held {
            Some(listening) => {
                listening.try_again(&sof).await?;
                listening
            }
            nothing => nothing.insert(listen(&sof, ports).await?),
        };
        Ok(Some(listening.held.clone()))
    }
}

/// Both formats on their ports, until the handle is dropped.
pub struct Listening {
    /// What became of the ports.
    pub held: Held,
    tls: Option<Arc<ServerConfig>>,
    tasks: JoinSet<()>,
}

impl Listening {
    /// Takes what was held by somebody and is free now.
    async fn try_again(&mut self, sof: &Sof) -> io::Result<()> {
        let (tls, tasks) = (&self.tls, &mut self.tasks);
        let of_bjca = |port| bjca::router(sof.clone(), port);
        let of_topcertkit = |port| topcertkit::router(sof.clone(), port);
        let Held {
            bjca,
            bjca_tls,
            topcertkit,
        } = &mut self.held;
        for taken in [Some(bjca), bjca_tls.as_mut()].into_iter().flatten() {
            if let Taken::SteppedAside { port } = *taken {
                *taken = take(port, tls, of_bjca, tasks).await?;
            }
        }
        if let Taken::SteppedAside { port } = *topcertkit {
            *topcertkit = take(port, tls, of_topcertkit, tasks).await?;
        }
        Ok(())
    }
}

/// Takes the ports that are free and serves there.
///
/// # Errors
/// What the system says, other than that a port is held.
pub async fn listen(sof: &Sof, ports: Ports) -> io::Result<Listening> {
    let tls = certificate(sof);
    let mut tasks = JoinSet::new();
    let of_bjca = |port| bjca::router(sof.clone(), port);
    let of_topcertkit = |port| topcertkit::router(sof.clone(), port);
    let held = Held {
        bjca: take(ports.bjca, &tls, of_bjca, &mut tasks).await?,
        bjca_tls: match &tls {
            Some(_) => Some(take(ports.bjca_tls, &tls, of_bjca, &mut tasks).await?),
            None => None,
        },
        topcertkit: take(ports.topcertkit, &tls, of_topcertkit, &mut tasks).await?,
    };
    Ok(Listening { held, tls, tasks })
}

/// The certificate for loopback. One that can't be read is none: pages that know `http` are served all the same.
fn certificate(sof: &Sof) -> Option<Arc<ServerConfig>> {
    let loopback = Loopback::of(sof.agent.state_folder());
    loopback
        .server((sof.agent.clock)())
        .unwrap_or_else(|error| {
            tracing::error!(%error, "no https in a vendor's place");
            None
        })
}

async fn take(
    port: u16,
    tls: &Option<Arc<ServerConfig>>,
    router: impl FnOnce(u16) -> Router,
    tasks: &mut JoinSet<()>,
) -> io::Result<Taken> {
    match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
        Ok(listener) => {
            let port = listener.local_addr()?.port();
            let (door, router) = (Door::open(listener, tls.clone())?, router(port));
            tasks.spawn(async move {
                if let Err(error) = axum::serve(door, router).await {
                    tracing::error!(%error, port, "no longer serving in a vendor's place");
                }
            });
            Ok(Taken::Serving { port })
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(Taken::SteppedAside { port }),
        Err(error) => Err(error),
    }
}
