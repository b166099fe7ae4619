//! `POST /api/consent`: the user lets this origin do this, now and later.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;

use super::{Page, Refused};
use crate::serve::Agent;

pub async fn consent(
    State(agent): State<Arc<Agent>>,
    Page(load): Page,
) -> Result<StatusCode, Refused> {
    let stage = load.stage.lock().await;
    let bound = stage
        .bound
        .as_ref()
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))?;
    agent
        .consents()
        .give(&bound.site.origin, bound.capability)
        .map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    Ok(StatusCode::NO_CONTENT)
}
