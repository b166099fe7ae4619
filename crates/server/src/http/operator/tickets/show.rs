//! `GET /api/v1/operator/tickets/{id}`: a ticket with its words and pictures.

use axum::Json;
use axum::extract::{Path, State};

use super::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::tickets::TicketBody;
use crate::{AppState, Problem};

/// The whole ticket.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
    Path(id): Path<String>,
) -> Result<Json<TicketBody>, Problem> {
    let ticket = find(&state, &tenant, &id).await?;
    let replies = state.store.ticket_replies(tenant.id(), &ticket.id).await?;
    let pictures = state.store.ticket_pictures(tenant.id(), &ticket.id).await?;
    Ok(Json(
        TicketBody::of(&tenant, &ticket)
            .for_desk(&ticket)
            .whole(&replies, &pictures),
    ))
}
