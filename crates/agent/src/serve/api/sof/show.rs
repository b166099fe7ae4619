//! `POST /api/sof`: whether the interface is on, for whom, and what became of the vendors' ports. A port that
//! somebody held is tried again with each look.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Serialize;

use crate::serve::Agent;
use crate::serve::api::{Home, Refused};
use crate::sof::listen::Taken;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    enabled: bool,
    /// Whether a window of the desktop can ask for PINs: without one it stays off.
    window: bool,
    /// The ports, while it is on.
    ports: Vec<PortRow>,
    /// Whom the platform files and the command line let call.
    listed: Vec<Listed>,
    /// Whom the user let call.
    origins: Vec<String>,
}

/// A port in a vendor's place.
#[derive(Serialize)]
struct PortRow {
    format: Format,
    #[serde(flatten)]
    taken: Taken,
}

/// A vendor's format.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Bjca,
    Topcertkit,
}

/// An origin that needs no enabling.
#[derive(Serialize)]
struct Listed {
    origin: String,
    /// The platform's name; none for a development origin.
    name: Option<catalogue::Text>,
}

pub async fn show(State(agent): State<Arc<Agent>>, Home(_): Home) -> Result<Json<Answer>, Refused> {
    answer(&agent).await.map(Json)
}

/// How it is now.
pub async fn answer(agent: &Arc<Agent>) -> Result<Answer, Refused> {
    let taken = agent.sof_ports.follow(agent).await;
    let taken = taken.map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    let rows = taken.map(|held| {
        let row = |format, taken| PortRow { format, taken };
        let bjca = [Some(held.bjca), held.bjca_tls].into_iter().flatten();
        bjca.map(|taken| row(Format::Bjca, taken))
            .chain([row(Format::Topcertkit, held.topcertkit)])
            .collect()
    });
    let platforms = agent.policy.platforms().iter();
    let platforms = platforms.map(|(origin, name)| (origin.clone(), Some(name.clone())));
    let development = agent.policy.development().iter();
    let development = development.map(|origin| (origin.clone(), None));
    let settings = agent.sof();
    Ok(Answer {
        enabled: settings.enabled(),
        window: agent.pins.has_window(),
        ports: rows.unwrap_or_default(),
        listed: platforms
            .chain(development)
            .map(|(origin, name)| Listed { origin, name })
            .collect(),
        origins: settings.origins().map(str::to_owned).collect(),
    })
}
