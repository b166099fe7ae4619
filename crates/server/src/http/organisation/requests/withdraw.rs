//! `POST /api/v1/organisation/requests/{id}/withdraw`: takes it back before it is decided.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::organisation::Event;

use super::{Take, find};
use crate::http::accounts::administrator;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::organisation::{RequestBody, Viewer, describe_request};
use crate::{AppState, Problem};

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    administrator(&session)?;
    let request = find(&state, &tenant, &session, &id).await?;
    let deed = Take {
        platform: tenant.id(),
        request: &request.id,
        event: Event::Withdraw,
        by: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let found = state.store.change_request(tenant.id(), &request.id).await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    let body = describe_request(&state, &tenant, &found, Viewer::Administrator).await?;
    Ok(Json(body))
}
