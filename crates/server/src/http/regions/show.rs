//! `GET /api/v1/regions/{code}`: what is open in a region, with what it has from above; `platform` for the whole of it.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::region::{Effective, Setting};
use serde::Serialize;

use super::RegionName;
use crate::http::extract::Tenant;
use crate::{AppState, Problem, regions};

/// What counts.
#[derive(Debug, Serialize)]
pub struct Body {
    region: Option<RegionName>,
    #[serde(flatten)]
    effective: Effective,
    /// What the region says of its own; null: as above.
    own: Setting,
    version: i64,
}

/// The word for the whole platform in the address.
pub const WHOLE: &str = "platform";

/// Answers anybody.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Path(code): Path<String>,
) -> Result<Json<Body>, Problem> {
    describe(&state, &tenant, &code).await.map(Json)
}

/// A region as its settings are.
///
/// # Errors
/// `not_found`.
pub async fn describe(state: &AppState, tenant: &Tenant, code: &str) -> Result<Body, Problem> {
    let code = if code == WHOLE { "" } else { code };
    let region = if code.is_empty() {
        None
    } else {
        let found = state.store.region(code).await?;
        found.ok_or(ErrorCode::NotFound)?;
        Some(RegionName::find(state, code).await?)
    };
    let own = state.store.region_setting(tenant.id(), code).await?;
    Ok(Body {
        region,
        effective: regions::effective(state, tenant.id(), code).await?,
        own: own.setting,
        version: own.version,
    })
}
