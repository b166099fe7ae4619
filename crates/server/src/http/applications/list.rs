//! `GET /api/v1/applications`: the organisation's own, newest first.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::applications::Caller;
use crate::applications::view::Viewer;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// At most 200.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let session = caller.supplier()?;
    let organisation = &session.account.organisation.id;
    let found = state
        .store
        .applications_of(tenant.id(), organisation)
        .await?;
    let actor = caller.actor();
    let viewer = Viewer {
        tenant: &tenant,
        actor: &actor,
        now: state.now(),
    };
    let summaries: Vec<_> = found.iter().map(|one| viewer.summary(one)).collect();
    Ok(Json(json!({ "applications": summaries })))
}
