//! `GET /api/v1/operator/tickets?state=open`: the queue; who has waited longest stands first.

use axum::Json;
use axum::extract::{Query, State};
use contract::ErrorCode;
use domain::ticket::State as TicketState;
use serde::Deserialize;

use crate::http::documents::PageOf;
use crate::http::extract::{Operator, Tenant};
use crate::http::tickets::TicketBody;
use crate::{AppState, Problem};

/// What is wanted; nothing: what waits.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    state: Option<String>,
}

/// At most 200; `total` is how many wait.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
    Query(wanted): Query<Wanted>,
) -> Result<Json<PageOf<TicketBody>>, Problem> {
    let wanted = wanted.state.as_deref().unwrap_or("open");
    let wanted = TicketState::from_name(wanted).ok_or(ErrorCode::Invalid)?;
    let tickets = state
        .store
        .ticket_queue(tenant.id(), wanted.as_str())
        .await?;
    Ok(Json(PageOf {
        items: tickets
            .iter()
            .map(|ticket| TicketBody::of(&tenant, ticket).for_desk(ticket))
            .collect(),
        total: state.store.waiting_tickets(tenant.id()).await?,
    }))
}
