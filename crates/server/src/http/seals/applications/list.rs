//! `GET /api/v1/seals/applications`: the organisation's, newest first.

use axum::Json;
use axum::extract::State;
use domain::seal::{ApplicationEvent, keeps_seals};
use serde_json::{Value, json};

use super::describe;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// With what may be done now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Value>, Problem> {
    let organisation = &session.account.organisation.id;
    let found = state
        .store
        .seal_applications(tenant.id(), organisation)
        .await?;
    let mut items = Vec::with_capacity(found.len());
    for one in &found {
        let open = one.state.step(ApplicationEvent::Withdraw).is_some();
        let next: &[&str] = if open && keeps_seals(&session.account.role) {
            &["withdraw"]
        } else {
            &[]
        };
        let seal = state
            .store
            .seal_of_application(tenant.id(), &one.id)
            .await?;
        let seal = seal.as_ref().map(|seal| &seal.id);
        items.push(describe(one, "/api/v1/seals/applications", next, seal));
    }
    Ok(Json(json!({ "total": items.len(), "items": items })))
}
