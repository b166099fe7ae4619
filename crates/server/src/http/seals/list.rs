//! `GET /api/v1/seals`: the seals in force that the session's account may use.

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
    state: &'static str,
    version: i64,
    needs_approval: bool,
    picture: String,
}

/// All of them.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<PageOf<SealBody>>, Problem> {
    // The first time they are drawn.
    super::of(&state, &tenant, &session.account.organisation).await?;
    let seals = state
        .store
        .usable_seals(tenant.id(), &session.account.id)
        .await?;
    let items: Vec<SealBody> = seals
        .into_iter()
        .map(|seal| SealBody {
            picture: super::picture_url(&seal.id),
            id: seal.id.to_string(),
            name: seal.name,
            kind: seal.kind,
            width_mm: seal.width_mm,
            height_mm: seal.height_mm,
            state: seal.state.word(),
            version: seal.version,
            needs_approval: seal.needs_approval,
        })
        .collect();
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(Json(PageOf { items, total }))
}
