//! `POST /api/v1/notices/read`: what came up to now was read.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<StatusCode, Problem> {
    state
        .store
        .read_notices(tenant.id(), &session.account.id, state.now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
