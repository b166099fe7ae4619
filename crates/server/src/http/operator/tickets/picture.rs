//! `GET /api/v1/operator/tickets/{id}/pictures/{picture}`: a screenshot, for the desk.

use axum::extract::{Path, State};
use axum::response::Response;

use super::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::tickets::pictures::serve;
use crate::{AppState, Problem};

/// Inline.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
    Path((id, picture)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let ticket = find(&state, &tenant, &id).await?;
    serve(&state, &tenant, &ticket, &picture).await
}
