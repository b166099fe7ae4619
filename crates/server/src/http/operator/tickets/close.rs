//! `POST /api/v1/operator/tickets/{id}/closing`: the desk ends a ticket. How it ended only the asker can say, so no
//! resolution is written; they are told.

use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::tickets::close::Close;
use crate::http::tickets::over;
use crate::{AppState, Problem};

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let ticket = find(&state, &tenant, &id).await?;
    let deed = Close {
        platform: tenant.id(),
        ticket: &ticket.id,
        actor: Some(&session.operator.id),
        resolution: None,
        ids: [state.new_id(), state.new_id()],
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| over())?;
    Ok(StatusCode::NO_CONTENT)
}
