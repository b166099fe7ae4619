//! `GET /api/v1/operator/productions/{id}`: how far the CA is.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use super::find;
use crate::applications::caller::Desk;
use crate::applications::making;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// `begun`, `waiting`, `issued`, `written`, `refused` or `abandoned`.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(_): Desk,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let production = find(&state, &tenant, &id).await?;
    making::body(&state, &tenant, &production).await.map(Json)
}
