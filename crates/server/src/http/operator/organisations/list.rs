//! `GET /api/v1/operator/organisations?text=&state=&region=&page=&per_page=`.

use axum::Json;
use axum::extract::{Query, State};
use contract::ErrorCode;
use domain::staff::Class;
use serde::Deserialize;
use serde_json::{Value, json};
use store::organisations::Search;

use crate::http::extract::{Operator, Tenant};
use crate::http::organisation::describe;
use crate::{AppState, Problem};

/// Which organisations.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    text: String,
    state: String,
    region: String,
    page: Option<i64>,
    per_page: Option<i64>,
}

/// Newest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    operator.require_to_read(Class::Business)?;
    if parameters.text.chars().count() > 100 {
        return Err(ErrorCode::Invalid.into());
    }
    let limit = parameters.per_page.unwrap_or(10).clamp(1, 100);
    let search = Search {
        text: parameters.text.trim().to_owned(),
        state: parameters.state,
        region: parameters.region,
        limit,
        offset: (parameters.page.unwrap_or(1).clamp(1, 10_000) - 1) * limit,
    };
    let (found, total) = state
        .store
        .search_organisations(tenant.id(), &search)
        .await?;
    let mut items = Vec::with_capacity(found.len());
    for organisation in &found {
        items.push(describe(&state, &tenant, organisation).await?);
    }
    Ok(Json(json!({ "items": items, "total": total })))
}
