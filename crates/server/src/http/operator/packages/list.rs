//! `GET /api/v1/operator/packages`: every upload, newest first.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::PackageBody;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// The list.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<PackageBody>,
    total: usize,
    /// Questions of suppliers that wait.
    waiting: i64,
}

/// At most 500.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
) -> Result<Json<Body>, Problem> {
    let packages = state.store.packages(tenant.id()).await?;
    Ok(Json(Body {
        total: packages.len(),
        items: packages.iter().map(PackageBody::of).collect(),
        waiting: state.store.waiting_enquiries(tenant.id()).await?,
    }))
}
