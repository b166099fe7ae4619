//! `GET /api/v1/tickets/{id}`: a ticket with its words and pictures, for whoever opened it.

use axum::Json;
use axum::extract::State;

use super::{Mine, TicketBody};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The whole ticket.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Mine(ticket): Mine,
) -> Result<Json<TicketBody>, Problem> {
    let replies = state.store.ticket_replies(tenant.id(), &ticket.id).await?;
    let pictures = state.store.ticket_pictures(tenant.id(), &ticket.id).await?;
    Ok(Json(
        TicketBody::of(&tenant, &ticket).whole(&replies, &pictures),
    ))
}
