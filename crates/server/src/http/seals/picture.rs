//! `GET /api/v1/seals/{id}/picture.svg`: a seal's picture.

use axum::extract::{Path, State};
use axum::response::Response;
use contract::ErrorCode;

use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The SVG. A seal's picture never changes.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let organisation = &session.account.organisation.id;
    let found = state
        .store
        .seal(tenant.id(), organisation, &path_id(&id)?)
        .await?;
    let seal = found
        .filter(|seal| super::shown_to(seal, &session.account))
        .ok_or_else(|| Problem::of(ErrorCode::NotFound))?;
    super::svg(&seal.picture)
}
