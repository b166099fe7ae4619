//! `POST /api/write/step`: does the next step on the token. It may be asked for again after whatever ended it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentInterim, AgentResponse, ErrorCode};
use serde::Serialize;

use super::{Standing, bound, in_time, not_written, sealed_pins, service};
use crate::serve::Agent;
use crate::serve::api::{Refused, Window};
use crate::writing::{Step, Writing, keys};

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    /// The step that was done.
    done: Step,
    #[serde(flatten)]
    standing: Standing,
    /// For the page, once the request stands.
    interim: Option<AgentInterim>,
    /// For the page, at the end.
    response: Option<AgentResponse>,
}

pub async fn step(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
) -> Result<Json<Answer>, Refused> {
    let mut stage = load.stage.lock().await;
    let now = (agent.clock)();
    in_time(&mut stage, now)?;
    let bound = bound(&agent, &stage)?;
    let (origin, capability) = (bound.site.origin.clone(), bound.capability);
    let Some(Writing::Keys(session)) = &mut stage.writing else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    let journal = |entry| agent.journal().append(entry);
    let bench = keys::Bench {
        service: service(&agent)?,
        sealed: sealed_pins(&agent),
        now,
        origin: &origin,
        journal: &journal,
    };
    let done = session.next();
    let outcome = session.advance(&bench).await;
    if done == Step::Pin {
        // Whatever became of it, the tries may differ.
        agent.keys_changed();
    }
    let outcome = outcome.map_err(not_written)?;
    let standing = Standing::of(session);
    if outcome.response.is_some() {
        if let Err(error) = agent.consents().used(&origin, capability, now) {
            tracing::warn!(%error, "the last use of a consent was not kept");
        }
        agent.keys_changed();
        stage.writing = None;
        stage.answered = true;
    }
    Ok(Json(Answer {
        done,
        standing,
        interim: outcome.interim,
        response: outcome.response,
    }))
}
