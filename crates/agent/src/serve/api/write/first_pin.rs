//! `POST /api/write/first-pin`: a first PIN by the provider's rule, for the window and its PIN sheet alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentRequest, ErrorCode};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{bound, not_written};
use crate::pin_rule::Rule;
use crate::serve::Agent;
use crate::serve::api::{Refused, Window};
use crate::writing::first_pin;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    pin: Zeroizing<String>,
    rule: Rule,
}

pub async fn first_pin(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
) -> Result<Json<Answer>, Refused> {
    let stage = load.stage.lock().await;
    let AgentRequest::Produce(request) = &bound(&agent, &stage)?.asked.request else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    let rule = first_pin::rule(&request.pin);
    let pin = first_pin::first(&rule).map_err(not_written)?;
    Ok(Json(Answer { pin, rule }))
}
