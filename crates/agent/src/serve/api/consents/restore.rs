//! `POST /api/consents/restore`: undoes the last taking back of this page. What is given again is what the
//! agent itself kept, so nothing comes about here that was not there before.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use serde::Deserialize;

use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The deed that is undone.
    undo: u64,
}

pub async fn restore(
    State(agent): State<Arc<Agent>>,
    Home(load): Home,
    Json(body): Json<Body>,
) -> Result<StatusCode, Refused> {
    let withdrawn = load
        .withdrawn
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take_if(|withdrawn| withdrawn.id == body.undo)
        .ok_or_else(|| Refused::of(ErrorCode::NotFound))?;
    let internal = |error: std::io::Error| Refused::because(ErrorCode::Internal, &error);
    for (origin, capability) in &withdrawn.enabled {
        agent
            .settings()
            .set_enabled(origin, *capability, true)
            .map_err(internal)?;
    }
    for (origin, grants) in withdrawn.grants {
        for (capability, grant) in grants {
            // A site that was disabled meanwhile stays without.
            if let Some(permitted) = agent.permit(&origin, capability) {
                agent
                    .consents()
                    .put_back(&permitted, grant)
                    .map_err(internal)?;
            }
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
