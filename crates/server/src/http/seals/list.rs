//! `GET /api/v1/seals`: the organisation's seals.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::http::documents::PageOf;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// A seal.
#[derive(Debug, Serialize)]
pub struct SealBody {
    id: String,
    name: String,
    kind: String,
    width_mm: i64,
    height_mm: i64,
}

/// All of them.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<PageOf<SealBody>>, Problem> {
    let seals = super::of(&state, &tenant, &session.account.organisation).await?;
    let items: Vec<SealBody> = seals
        .into_iter()
        .map(|seal| SealBody {
            id: seal.id.to_string(),
            name: seal.name,
            kind: seal.kind,
            width_mm: seal.width_mm,
            height_mm: seal.height_mm,
        })
        .collect();
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(Json(PageOf { items, total }))
}
