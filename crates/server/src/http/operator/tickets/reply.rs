//! `POST /api/v1/operator/tickets/{id}/replies`: the desk answers; whoever asked is told.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::http::tickets::replies::Say;
use crate::http::tickets::{over, words};
use crate::{AppState, Problem};

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    text: String,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let ticket = find(&state, &tenant, &id).await?;
    let text = words(&form.text)?;
    let deed = Say {
        platform: tenant.id(),
        ticket: &ticket.id,
        state: &ticket.state,
        operator: Some(&session.operator.id),
        asker: None,
        text: &text,
        ids: [state.new_id(), state.new_id(), state.new_id()],
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| over())?;
    Ok(StatusCode::NO_CONTENT)
}
