//! `GET /api/v1/seals/applications/{id}/picture.svg`: what is applied for.

use axum::extract::{Path, State};
use axum::response::Response;

use super::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The SVG.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let organisation = &session.account.organisation.id;
    let found = find(&state, tenant.id(), organisation, &id).await?;
    crate::http::seals::svg(&found.picture)
}
