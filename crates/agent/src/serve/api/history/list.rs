//! `POST /api/history`: a page of what was signed, the newest first, and whether the journal is whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{Row, checked, in_background, row};
use crate::history::{Fault, MAX_PAGE, Query};
use crate::journal::Damage;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default)]
    query: Query,
    /// The number to go on from; absent: from the newest.
    before: Option<usize>,
    /// Entries that are wanted, at most 100.
    limit: usize,
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    entries: Vec<Row>,
    /// Where the next page goes on from; absent: this is the last.
    next: Option<usize>,
    /// How many entries fit, where that is known without reading them all.
    fitting: Option<usize>,
    /// How many entries there are.
    total: usize,
    /// Every site that something was signed for.
    origins: Vec<String>,
    integrity: Integrity,
}

/// Whether the journal is as it was written.
#[derive(Serialize)]
struct Integrity {
    /// Nothing was found; a line that a crash cut short is no harm.
    whole: bool,
    faults: Vec<Fault>,
    /// Ends that were not as they had been written, found at starts.
    damage: Vec<Damage>,
    /// The end was altered while the agent ran.
    end_altered: bool,
}

pub async fn list(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Json<Answer>, Refused> {
    checked(&body.query)?;
    in_background(move || look(&agent, &body)).await.map(Json)
}

fn look(agent: &Agent, body: &Body) -> std::io::Result<Answer> {
    let mut history = agent.history();
    // Both under one lock: what is signed meanwhile must not look like an altered end.
    let (last, damage) = {
        let journal = agent.journal();
        history.catch_up()?;
        (journal.last().to_owned(), journal.damage().to_vec())
    };
    let most = body.limit.clamp(1, MAX_PAGE);
    // One more than is shown tells whether there is a next page.
    let mut found = history.page(&body.query, body.before, most + 1)?;
    let more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more).map(|last| last.number);
    let end_altered = history.last() != last;
    let torn_only = history
        .faults()
        .iter()
        .all(|fault| matches!(fault, Fault::Torn { .. }));
    Ok(Answer {
        next,
        fitting: history.count(&body.query),
        total: history.len(),
        origins: history.origins().to_vec(),
        integrity: Integrity {
            whole: torn_only && damage.is_empty() && !end_altered,
            faults: history.faults().to_vec(),
            damage,
            end_altered,
        },
        entries: found.into_iter().map(|found| row(agent, found)).collect(),
    })
}
