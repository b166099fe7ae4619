//! `GET /api/v1/operator/bindings?text=&provider=&state=&organisation=&page=`. `total` stops at ten thousand; `more` says so.

use axum::Json;
use axum::extract::{Query, State};
use domain::staff::Class;
use serde_json::{Value, json};
use store::bindings::lists::COUNTED;

use super::Parameters;
use crate::http::bindings::BindingBody;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// Newest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    operator.require_to_read(Class::Business)?;
    let now = state.now();
    let limit = parameters.per_page.unwrap_or(10).clamp(1, 100);
    let search = parameters.search(now, limit)?;
    let (found, total) = state.store.search_bindings(tenant.id(), &search).await?;
    let mut items = Vec::with_capacity(found.len());
    for binding in &found {
        let chain = state.store.chain_of(tenant.id(), binding).await?;
        items.push(BindingBody::of(&tenant, binding, &chain, now));
    }
    Ok(Json(
        json!({ "items": items, "total": total.min(COUNTED), "more": total > COUNTED }),
    ))
}
