//! `POST /api/consents/revoke`: takes back one capability of a site, all of a site, or all.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;

use super::{Undo, keep};
use crate::consent::Capability;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The site; absent: every site.
    origin: Option<String>,
    /// The capability; absent: every capability.
    capability: Option<Capability>,
}

pub async fn revoke(
    State(agent): State<Arc<Agent>>,
    Home(load): Home,
    Json(body): Json<Body>,
) -> Result<Json<Undo>, Refused> {
    let taken = agent
        .consents()
        .withdraw(body.origin.as_deref(), body.capability)
        .map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    Ok(Json(keep(&load, taken, Vec::new())))
}
