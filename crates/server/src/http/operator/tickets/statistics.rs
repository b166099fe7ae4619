//! `GET /api/v1/operator/tickets/statistics`: what failed in the last thirty days: cases, CAs, the client's versions,
//! and whether it was mended by the users themselves.

use axum::Json;
use axum::extract::State;
use domain::Span;
use serde::Serialize;
use store::tickets::statistics::Count;

use crate::http::extract::{Operator, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

const WINDOW: Span = Span::hours(24 * 30);

/// Counts.
#[derive(Debug, Serialize)]
pub struct Body {
    since: String,
    cases: Vec<Line>,
    providers: Vec<Line>,
    tickets: Vec<Line>,
    ticket_providers: Vec<Line>,
    versions: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    /// The case, the provider's id or the version; empty: not known.
    of: String,
    /// `shown`, `mended`; of tickets `open`, `answered`, `closed`, `self`, `helped`, `not`.
    what: String,
    count: i64,
}

/// The last thirty days.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
) -> Result<Json<Body>, Problem> {
    let since = state.now() - WINDOW;
    let day = rfc3339(since);
    let found = state
        .store
        .failure_statistics(tenant.id(), &day[..10], since)
        .await?;
    let lines = |counts: Vec<Count>| -> Vec<Line> {
        counts
            .into_iter()
            .map(|count| Line {
                of: count.of,
                what: count.what,
                count: count.count,
            })
            .collect()
    };
    Ok(Json(Body {
        since: day[..10].to_owned(),
        cases: lines(found.cases),
        providers: lines(found.providers),
        tickets: lines(found.tickets),
        ticket_providers: lines(found.ticket_providers),
        versions: lines(found.versions),
    }))
}
