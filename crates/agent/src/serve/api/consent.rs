//! `POST /api/consent`: the user lets this origin do this, now and later.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;

use super::{Refused, Window};
use crate::serve::Agent;

pub async fn consent(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
) -> Result<StatusCode, Refused> {
    let stage = load.stage.lock().await;
    let bound = stage
        .bound
        .as_ref()
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))?;
    let permitted = agent
        .permit(&bound.site.origin, bound.capability)
        .ok_or_else(|| Refused::because(ErrorCode::CapabilityRefused, &bound.site.origin))?;
    agent
        .consents()
        .give(&permitted, (agent.clock)())
        .map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    Ok(StatusCode::NO_CONTENT)
}
