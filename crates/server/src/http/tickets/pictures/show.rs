//! `GET /api/v1/tickets/{id}/pictures/{picture}`: the picture itself, for whoever opened the ticket.

use axum::extract::{Path, State};
use axum::response::Response;

use super::serve;
use crate::http::extract::Tenant;
use crate::http::tickets::Mine;
use crate::{AppState, Problem};

/// Inline, with the type that its content has.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Mine(ticket): Mine,
    Path((_, picture)): Path<(String, String)>,
) -> Result<Response, Problem> {
    serve(&state, &tenant, &ticket, &picture).await
}
