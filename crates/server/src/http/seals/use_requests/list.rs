//! `GET /api/v1/seals/use-requests`: one's own, or all of them for those who keep the seals.

use axum::Json;
use axum::extract::State;
use domain::seal::keeps_seals;
use serde_json::{Value, json};

use super::describe;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// What waits stands first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Value>, Problem> {
    let account = &session.account;
    let keeps = keeps_seals(&account.role);
    let only = (!keeps).then_some(&account.id);
    let found = state
        .store
        .seal_use_requests(tenant.id(), &account.organisation.id, only)
        .await?;
    let mut items = Vec::with_capacity(found.len());
    for request in &found {
        let next: &[&str] = match request.state.as_str() {
            "requested" if request.account == account.id => &["withdraw"],
            "requested" if keeps => &["approve", "reject"],
            _ => &[],
        };
        items.push(describe(&state, &tenant, request, next).await?);
    }
    Ok(Json(json!({ "total": items.len(), "items": items })))
}
