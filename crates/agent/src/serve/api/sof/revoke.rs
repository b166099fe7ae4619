//! `POST /api/sof/revoke`: a site may no longer call the interface; a connection of its ends with its next call.

use std::sync::Arc;

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
    origin: String,
}

pub async fn revoke(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<StatusCode, Refused> {
    let revoked = agent.sof().set_may(&body.origin, false);
    revoked.map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    Ok(StatusCode::NO_CONTENT)
}
