//! `GET /api/v1/operator/operators`.

use axum::Json;
use axum::extract::State;
use domain::staff::Class;
use serde_json::{Value, json};

use super::OperatorBody;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// By name; auditors look on.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
) -> Result<Json<Value>, Problem> {
    operator.require_to_read(Class::System)?;
    let found = state.store.operators(tenant.id()).await?;
    let items: Vec<_> = found.iter().map(OperatorBody::of).collect();
    Ok(Json(json!({ "total": items.len(), "items": items })))
}
