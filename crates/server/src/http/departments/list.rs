//! `GET /api/v1/departments`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::DepartmentBody;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The upper ones first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Value>, Problem> {
    let organisation = &session.account.organisation.id;
    let found = state.store.departments(tenant.id(), organisation).await?;
    let items: Vec<_> = found.iter().map(DepartmentBody::of).collect();
    Ok(Json(json!({ "total": items.len(), "items": items })))
}
