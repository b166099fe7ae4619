//! `GET /api/v1/forced-unbindings`: what the caller asked for, and what is asked against them.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::{ForcedBody, Viewer, describe};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The list.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<ForcedBody>,
    total: usize,
}

/// Newest first, at most 100.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Body>, Problem> {
    let caller = &session.account.id;
    let mut items = Vec::new();
    for forced in state.store.forced_of(tenant.id(), caller).await? {
        let viewer = if forced.account == *caller {
            Viewer::Requester
        } else {
            Viewer::Owner
        };
        items.push(describe(&state, &tenant, &forced, viewer).await?);
    }
    Ok(Json(Body {
        total: items.len(),
        items,
    }))
}
