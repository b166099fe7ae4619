//! `POST /api/sof/switch`: the interface on or off, at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;

use super::show::{Answer, answer};
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    enabled: bool,
}

pub async fn switch(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Json<Answer>, Refused> {
    let switched = agent.sof().set_enabled(body.enabled);
    switched.map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    tracing::info!(on = body.enabled, "the interface of GM/T 0020 was switched");
    answer(&agent).await.map(Json)
}
