//! `GET /api/v1/organisation/requests`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::viewer;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::organisation::describe_request;
use crate::{AppState, Problem};

/// Newest first, at most 200.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Value>, Problem> {
    let organisation = &session.account.organisation.id;
    let mut items = Vec::new();
    for request in state
        .store
        .change_requests_of(tenant.id(), organisation)
        .await?
    {
        items.push(describe_request(&state, &tenant, &request, viewer(&session)).await?);
    }
    Ok(Json(json!({ "total": items.len(), "items": items })))
}
