//! `GET …/unlock`: how far the CA is, and what it sealed for the window.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use serde_json::Value;

use crate::applications::{Caller, making};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// `begun`, `waiting`, `issued` with `authority`, `written` or `refused`.
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
        .filter(|production| production.kind == "unlock")
        .ok_or(ErrorCode::NotFound)?;
    making::body(&state, &tenant, &production).await.map(Json)
}
