//! Taking the ports of the vendors' clients while the module is on, and stepping aside where one of them is held.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use serde::Serialize;
use tokio::net::TcpListener;

use super::{Sof, bjca, topcertkit};
use crate::peers::OwnUserListener;
use crate::serve::Agent;

/// Which ports to take; 0 picks one, for tests.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// BJCA's.
    pub bjca: u16,
    /// TopCertKit's.
    pub topcertkit: u16,
}

impl Default for Ports {
    fn default() -> Ports {
        Ports {
            bjca: bjca::PORT,
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
    pub async fn follow(&self, agent: &Arc<Agent>) -> io::Result<Option<(Taken, Taken)>> {
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
        Ok(Some((listening.bjca.clone(), listening.topcertkit.clone())))
    }
}

/// Both formats on their ports, until the handle is dropped.
pub struct Listening {
    /// BJCA's.
    pub bjca: Taken,
    /// TopCertKit's.
    pub topcertkit: Taken,
    tasks: tokio::task::JoinSet<()>,
}

impl Listening {
    /// Takes what was held by somebody and is free now.
    async fn try_again(&mut self, sof: &Sof) -> io::Result<()> {
        if let Taken::SteppedAside { port } = self.bjca {
            let router = |port| bjca::router(sof.clone(), port);
            self.bjca = take(port, router, &mut self.tasks).await?;
        }
        if let Taken::SteppedAside { port } = self.topcertkit {
            let router = |port| topcertkit::router(sof.clone(), port);
            self.topcertkit = take(port, router, &mut self.tasks).await?;
        }
        Ok(())
    }
}

/// Takes the ports that are free and serves there.
///
/// # Errors
/// What the system says, other than that a port is held.
pub async fn listen(sof: &Sof, ports: Ports) -> io::Result<Listening> {
    let mut tasks = tokio::task::JoinSet::new();
    let bjca = take(
        ports.bjca,
        |port| bjca::router(sof.clone(), port),
        &mut tasks,
    )
    .await?;
    let topcertkit = take(
        ports.topcertkit,
        |port| topcertkit::router(sof.clone(), port),
        &mut tasks,
    )
    .await?;
    Ok(Listening {
        bjca,
        topcertkit,
        tasks,
    })
}

async fn take(
    port: u16,
    router: impl FnOnce(u16) -> Router,
    tasks: &mut tokio::task::JoinSet<()>,
) -> io::Result<Taken> {
    match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
        Ok(listener) => {
            let port = listener.local_addr()?.port();
            let (listener, router) = (OwnUserListener::new(listener)?, router(port));
            tasks.spawn(async move {
                if let Err(error) = axum::serve(listener, router).await {
                    tracing::error!(%error, port, "no longer serving in a vendor's place");
                }
            });
            Ok(Taken::Serving { port })
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(Taken::SteppedAside { port }),
        Err(error) => Err(error),
    }
}
