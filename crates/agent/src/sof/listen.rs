//! Taking the ports of the vendors' clients, and stepping aside where one of them is held.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use serde::Serialize;
use tokio::net::TcpListener;

use super::{Sof, bjca, topcertkit};
use crate::peers::OwnUserListener;

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

/// Both formats on their ports, until the handle is dropped.
pub struct Listening {
    /// BJCA's.
    pub bjca: Taken,
    /// TopCertKit's.
    pub topcertkit: Taken,
    _tasks: tokio::task::JoinSet<()>,
}

impl Listening {
    /// What became of the ports, for the line that says that the agent is ready.
    pub fn told(&self) -> serde_json::Value {
        serde_json::json!({ "bjca": self.bjca, "topcertkit": self.topcertkit })
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
        _tasks: tasks,
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
