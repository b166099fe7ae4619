//! `POST /api/state`: what the head of the window shows.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::serve::Agent;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    phrase: String,
    version: &'static str,
}

pub async fn state(State(agent): State<Arc<Agent>>) -> Json<Answer> {
    Json(Answer {
        phrase: agent.settings().phrase().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
