//! `GET /api/v1/documents/{id}`: a document with its pages and what was sealed on it.

use axum::Json;
use axum::extract::{Path, State};

use crate::http::documents::{DetailBody, detail, find};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Only the own organisation's documents are there.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<DetailBody>, Problem> {
    let document = find(&state, &tenant, &session.account.organisation.id, &id).await?;
    Ok(Json(detail(&state, &tenant, &document).await?))
}
