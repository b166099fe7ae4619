//! `GET /api/v1/operator/forced-unbindings?state=&page=`.

use axum::Json;
use axum::extract::{Query, State};
use domain::staff::Class;
use serde_json::{Value, json};

use super::Parameters;
use crate::http::extract::{Operator, Tenant};
use crate::http::forced_unbindings::{Viewer, describe};
use crate::{AppState, Problem};

/// Newest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    operator.require_to_read(Class::Business)?;
    let limit = parameters.per_page.unwrap_or(20).clamp(1, 100);
    let offset = (parameters.page.unwrap_or(1).clamp(1, 10_000) - 1) * limit;
    let (found, total) = state
        .store
        .forced_queue(tenant.id(), &parameters.state, limit, offset)
        .await?;
    let mut items = Vec::with_capacity(found.len());
    for forced in &found {
        items.push(describe(&state, &tenant, forced, Viewer::Operator).await?);
    }
    Ok(Json(json!({ "items": items, "total": total })))
}
