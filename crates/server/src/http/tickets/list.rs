//! `GET /api/v1/tickets`: one's organisation's tickets, newest first.

use axum::Json;
use axum::extract::State;

use super::TicketBody;
use crate::http::documents::PageOf;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// At most 100.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<PageOf<TicketBody>>, Problem> {
    let organisation = &session.account.organisation.id;
    let tickets = state.store.tickets_of(tenant.id(), organisation).await?;
    Ok(Json(PageOf {
        total: i64::try_from(tickets.len()).unwrap_or(i64::MAX),
        items: tickets
            .iter()
            .map(|ticket| TicketBody::of(&tenant, ticket))
            .collect(),
    }))
}
