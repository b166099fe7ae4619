//! `GET /api/v1/documents/{id}/report`: what the verifier says about the current revision, now.

use axum::Json;
use axum::extract::{Path, State};
use contract::Report;

use crate::http::documents::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::verifications::examine;
use crate::{AppState, Problem};

/// The report, with fresh revocation lists where they can be had.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<Report>, Problem> {
    let document = find(&state, &tenant, &session.account.organisation.id, &id).await?;
    let mapped = state.files.map(&document.object, document.size).await?;
    Ok(Json(
        examine(&state, &tenant, mapped, &document.name, &document.sha256).await?,
    ))
}
