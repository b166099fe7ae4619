//! `GET /api/v1/operator/organisation-requests?state=&page=`.

use axum::Json;
use axum::extract::{Query, State};
use domain::staff::Class;
use serde_json::{Value, json};

use super::{Parameters, viewer};
use crate::http::extract::{Operator, Tenant};
use crate::http::organisation::describe_request;
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
        .change_request_queue(tenant.id(), &parameters.state, limit, offset)
        .await?;
    let mut items = Vec::with_capacity(found.len());
    for request in &found {
        items.push(describe_request(&state, &tenant, request, viewer(&operator)).await?);
    }
    Ok(Json(json!({ "items": items, "total": total })))
}
