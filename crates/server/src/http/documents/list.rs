//! `GET /api/v1/documents`: the organisation's documents, newest first.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::http::documents::{PageOf, SummaryBody};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Rows of one answer.
const MAX_SIZE: i64 = 100;

/// Which part of the list.
#[derive(Deserialize)]
pub struct Parameters {
    page: Option<i64>,
    size: Option<i64>,
}

/// A page of the list; pages count from 1.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Query(parameters): Query<Parameters>,
) -> Result<Json<PageOf<SummaryBody>>, Problem> {
    let size = parameters.size.unwrap_or(MAX_SIZE).clamp(1, MAX_SIZE);
    let offset = parameters
        .page
        .unwrap_or(1)
        .max(1)
        .saturating_sub(1)
        .saturating_mul(size);
    let organisation = &session.account.organisation.id;
    let (rows, total) = state
        .store
        .documents(tenant.id(), organisation, size, offset)
        .await?;
    Ok(Json(PageOf {
        items: rows.iter().map(SummaryBody::of).collect(),
        total,
    }))
}
