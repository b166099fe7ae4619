//! `GET /api/v1/operator/seal-applications/{id}/scan`: the upload that a picture was traced from.

use axum::extract::{Path, State};
use axum::response::Response;
use contract::ErrorCode;
use domain::staff::Class;

use super::find;
use crate::applications::files;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// The file itself.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    operator.require_to_read(Class::Business)?;
    let application = find(&state, &tenant, &id).await?;
    let scan = application.scan.as_ref().ok_or(ErrorCode::NotFound)?;
    let found = state
        .store
        .seal_scan(tenant.id(), &application.organisation, scan)
        .await?;
    let scan = found.ok_or(ErrorCode::NotFound)?;
    files::show(&state, &scan.object, scan.size, &scan.media_type, "scan").await
}
