//! `GET /api/v1/operator/anchors`.

use axum::Json;
use axum::extract::State;

use super::AnchorBody;
use crate::http::documents::PageOf;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// At most 100.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
) -> Result<Json<PageOf<AnchorBody>>, Problem> {
    let anchors = state.store.package_anchors(tenant.id()).await?;
    Ok(Json(PageOf {
        total: i64::try_from(anchors.len()).unwrap_or(i64::MAX),
        items: anchors.iter().map(AnchorBody::of).collect(),
    }))
}
