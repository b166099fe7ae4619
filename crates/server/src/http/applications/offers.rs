//! `GET /api/v1/application-offers`: what can be applied for here. Anybody may look: fees and ways are read before one
//! registers.

use axum::Json;
use serde_json::{Value, json};

use crate::Problem;
use crate::applications::offers;
use crate::http::extract::Tenant;

/// Every listed provider, those that can't be applied for with the reason.
pub async fn handler(tenant: Tenant) -> Result<Json<Value>, Problem> {
    Ok(Json(json!({ "offers": offers::all(&tenant) })))
}
