//! `POST /api/sites/disable`: a site may no longer ask for this, and its consent to it ends.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;

use crate::consent::Capability;
use crate::serve::Agent;
use crate::serve::api::consents::{Undo, keep};
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    origin: String,
    capability: Capability,
}

pub async fn disable(
    State(agent): State<Arc<Agent>>,
    Home(load): Home,
    Json(body): Json<Body>,
) -> Result<Json<Undo>, Refused> {
    let internal = |error: std::io::Error| Refused::because(ErrorCode::Internal, &error);
    let mut enabled = Vec::new();
    {
        let mut settings = agent.settings();
        if settings.is_enabled(&body.origin, body.capability) {
            settings
                .set_enabled(&body.origin, body.capability, false)
                .map_err(internal)?;
            enabled.push((body.origin.clone(), body.capability));
        }
    }
    let taken = agent
        .consents()
        .withdraw(Some(&body.origin), Some(body.capability))
        .map_err(internal)?;
    Ok(Json(keep(&load, taken, enabled)))
}
