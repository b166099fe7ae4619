//! `POST /api/keys`: what is plugged in. With the revision that the page has seen, it answers at the next
//! insertion or removal, or after twenty seconds with the same.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{Page, Refused};
use crate::keyring::Keyring;
use crate::serve::Agent;

const WAIT: Duration = Duration::from_secs(20);

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The revision of the last answer; absent for an answer at once.
    seen: Option<u64>,
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    revision: u64,
    #[serde(flatten)]
    keyring: Keyring,
}

pub async fn keys(
    State(agent): State<Arc<Agent>>,
    _: Page,
    Json(body): Json<Body>,
) -> Result<Json<Answer>, Refused> {
    let revision = next_change(&agent, body.seen).await;
    Ok(Json(Answer {
        revision,
        keyring: agent.keyring_for_sites().await,
    }))
}

/// The revision now, or, where `seen` is given, the next one; after twenty seconds the same again.
pub async fn next_change(agent: &Agent, seen: Option<u64>) -> u64 {
    let mut changes = agent.changes.subscribe();
    if let Some(seen) = seen {
        // Either way what follows is the truth at that moment.
        let _ = tokio::time::timeout(WAIT, changes.wait_for(|revision| *revision != seen)).await;
    }
    *changes.borrow_and_update()
}
