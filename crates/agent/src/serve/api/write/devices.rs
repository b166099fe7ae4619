//! `POST /api/write/devices`: what is plugged in, as this window's production sees it. Waits as `/api/keys` does.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{ErrorCode, Intent};
use serde::{Deserialize, Serialize};

use crate::serve::Agent;
use crate::serve::api::keys::next_change;
use crate::serve::api::{Refused, Window};
use crate::writing::devices::{DeviceRow, rows};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The revision of the last answer; absent for an answer at once.
    seen: Option<u64>,
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    revision: u64,
    devices: Vec<DeviceRow>,
}

pub async fn devices(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Json(body): Json<Body>,
) -> Result<Json<Answer>, Refused> {
    // Not held while it waits: a step of the same window needs the stage.
    let production = {
        let stage = load.stage.lock().await;
        match stage.bound.as_ref().map(|bound| &bound.asked.intent) {
            Some(Intent::Produce(intent)) => intent.production.clone(),
            _ => return Err(Refused::of(ErrorCode::RequestMalformed)),
        }
    };
    let revision = next_change(&agent, body.seen).await;
    let listing = agent.tokens.list().await;
    Ok(Json(Answer {
        revision,
        devices: rows(&listing, agent.catalogue().modules(), &production),
    }))
}
