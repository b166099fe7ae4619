//! `POST /api/v1/tickets/{id}/replies`: the asker writes again, and the ticket waits for the desk.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::Say;
use crate::http::extract::{MaybeSession, Tenant};
use crate::http::json::JsonBody;
use crate::http::tickets::{Mine, askers_words, over};
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
    Mine(ticket): Mine,
    MaybeSession(session): MaybeSession,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let text = askers_words(&form.text)?;
    let deed = Say {
        platform: tenant.id(),
        ticket: &ticket.id,
        state: &ticket.state,
        operator: None,
        asker: session.as_ref().map(|session| &session.account.id),
        text: &text,
        ids: [state.new_id(), state.new_id(), state.new_id()],
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| over())?;
    Ok(StatusCode::NO_CONTENT)
}
