//! `GET /api/v1/applications/{id}/production`: how far the CA is with the holder's own renewal.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use serde_json::Value;

use crate::applications::{Caller, making};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// `begun`, `waiting`, `issued`, `written` or `refused`, with the certificates once they are there.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let production = state
        .store
        .production_of(tenant.id(), &application.id)
        .await?
        .filter(|production| production.kind == "renew")
        .ok_or(ErrorCode::NotFound)?;
    making::body(&state, &tenant, &production).await.map(Json)
}
