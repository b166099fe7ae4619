//! `GET /api/v1/deadlines`: one's organisation's, the nearest first.

use axum::Json;
use axum::extract::State;

use super::DeadlineBody;
use crate::http::documents::PageOf;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// At most 200.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<PageOf<DeadlineBody>>, Problem> {
    let deadlines = state
        .store
        .deadlines(tenant.id(), &session.account.organisation.id)
        .await?;
    Ok(Json(PageOf {
        total: i64::try_from(deadlines.len()).unwrap_or(i64::MAX),
        items: deadlines
            .iter()
            .map(|deadline| DeadlineBody::of(&tenant.rules.calendar, deadline))
            .collect(),
    }))
}
