//! `GET /api/v1/operator/tickets?state=open&route=&provider=&case=&text=&page=`: the queue; who has waited longest
//! stands first.

use axum::Json;
use axum::extract::{Query, State};
use contract::ErrorCode;
use domain::ticket::State as TicketState;
use serde::{Deserialize, Serialize};
use store::tickets::Search;

use crate::http::extract::{Operator, Tenant};
use crate::http::tickets::TicketBody;
use crate::{AppState, Problem};

/// Longest text that is looked for, in characters.
const LONGEST: usize = 100;

/// What is wanted; nothing: what waits.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    state: String,
    /// `platform` or `ca`.
    route: String,
    /// A CA's id.
    provider: String,
    /// A case of the catalogue.
    case: String,
    /// A number, a contact, or words of the message or the organisation's name.
    text: String,
    page: Option<i64>,
    per_page: Option<i64>,
}

/// A page of the queue.
#[derive(Serialize)]
pub struct Body {
    items: Vec<TicketBody>,
    total: i64,
    /// How many wait, whatever is looked for.
    waiting: i64,
}

/// At most 100 a page.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Body>, Problem> {
    let standing = match wanted.state.as_str() {
        "" => TicketState::Open,
        name => TicketState::from_name(name).ok_or(ErrorCode::Invalid)?,
    };
    let texts = [&wanted.route, &wanted.provider, &wanted.case, &wanted.text];
    if texts
        .into_iter()
        .any(|text| text.chars().count() > LONGEST || text.contains('\0'))
    {
        return Err(ErrorCode::Invalid.into());
    }
    let limit = wanted.per_page.unwrap_or(20).clamp(1, 100);
    let search = Search {
        state: standing.as_str().to_owned(),
        route: wanted.route,
        provider: wanted.provider,
        case: wanted.case,
        text: wanted.text.trim().to_owned(),
        limit,
        offset: (wanted.page.unwrap_or(1).clamp(1, 10_000) - 1) * limit,
    };
    let (tickets, total) = state.store.ticket_queue(tenant.id(), &search).await?;
    Ok(Json(Body {
        items: tickets
            .iter()
            .map(|ticket| TicketBody::of(&tenant, ticket).for_desk(ticket))
            .collect(),
        total,
        waiting: state.store.waiting_tickets(tenant.id()).await?,
    }))
}
