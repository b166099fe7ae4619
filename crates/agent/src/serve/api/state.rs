//! `POST /api/state`: what the head of the window shows.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::prompt::PinEntry;
use crate::serve::Agent;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    phrase: String,
    version: &'static str,
    /// `native` where a window of the desktop asks for the PIN, else `page`.
    pin_entry: PinEntry,
}

pub async fn state(State(agent): State<Arc<Agent>>) -> Json<Answer> {
    // Taken before the answer is put together: asking for the entry looks into the settings as well.
    let phrase = agent.settings().phrase().to_owned();
    Json(Answer {
        phrase,
        version: env!("CARGO_PKG_VERSION"),
        pin_entry: agent.pin_entry(),
    })
}
