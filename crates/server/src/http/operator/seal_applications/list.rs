//! `GET /api/v1/operator/seal-applications?state=&page=`.

use axum::Json;
use axum::extract::{Query, State};
use domain::staff::Class;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{duties, show};
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// A page of a state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    state: String,
    page: Option<i64>,
    per_page: Option<i64>,
}

/// What waits stands first.
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
        .seal_application_queue(tenant.id(), &parameters.state, limit, offset)
        .await?;
    let duties = duties(&state, &tenant, &operator).await?;
    let mut items = Vec::with_capacity(found.len());
    for application in &found {
        items.push(show(&state, &tenant, &operator, &duties, application).await?);
    }
    Ok(Json(json!({ "items": items, "total": total })))
}
