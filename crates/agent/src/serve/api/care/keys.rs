//! `POST /api/care/keys`: what is plugged in with all that is known of it. Waits as `/api/keys` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use pki::Certificate;
use serde::{Deserialize, Serialize};

use super::rule_of;
use crate::keyring::{KeyRow, Keyring, Trouble};
use crate::pin_rule::Rule;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused, keys::next_change};
use crate::standing::Standing;

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
    keys: Vec<Row>,
    troubles: Vec<Trouble>,
}

/// A key with what its owner cares for.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    row: KeyRow,
    /// Tries of the administrator PIN that are left, where the device says.
    admin_tries_left: Option<u32>,
    /// Whether the key has PINs that can be changed here.
    has_pin: bool,
    /// What a new PIN must look like.
    pin_rule: Rule,
    /// How its signing certificates stand, by the ids in the rows.
    standings: BTreeMap<String, Standing>,
    /// Whom to call.
    hotlines: Vec<String>,
}

pub async fn keys(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Json<Answer>, Refused> {
    let revision = next_change(&agent, body.seen).await;
    let listing = agent.tokens.list().await;
    let now = (agent.clock)();
    let catalogue = agent.catalogue();
    let keyring = Keyring::of(&listing, &catalogue, now);
    let mut standings: Vec<BTreeMap<_, _>> = vec![BTreeMap::new(); keyring.keys.len()];
    for place in &keyring.places {
        let Ok(certificate) = Certificate::from_der(&place.certificate) else {
            continue;
        };
        let standing = Standing::of(&certificate, &catalogue, &agent.about.evidence, now);
        if let Some(of_row) = standings.get_mut(place.row) {
            of_row.insert(place.id.clone(), standing);
        }
    }
    let rows = keyring.keys.into_iter().zip(standings);
    let keys = rows.map(|(row, standings)| whole(&agent, row, standings));
    Ok(Json(Answer {
        revision,
        keys: keys.collect(),
        troubles: keyring.troubles,
    }))
}

fn whole(agent: &Agent, row: KeyRow, standings: BTreeMap<String, Standing>) -> Row {
    let catalogue = agent.catalogue();
    let provider = row.provider.as_ref();
    let provider = provider.and_then(|provider| catalogue.provider(&provider.id));
    let hotlines = provider.map(|provider| {
        let numbers = provider.hotlines.iter().flat_map(|line| &line.numbers);
        numbers.map(ToString::to_string).collect()
    });
    Row {
        admin_tries_left: row.admin_tries_left,
        has_pin: row.application.is_some(),
        pin_rule: rule_of(agent, &row),
        standings,
        hotlines: hotlines.unwrap_or_default(),
        row,
    }
}
