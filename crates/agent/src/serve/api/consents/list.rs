//! `POST /api/consents`: every site with what it may do, since when, and when it last did.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::consent::{Capability, Grant};
use crate::origin::Site;
use crate::serve::Agent;
use crate::serve::api::Home;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    sites: Vec<Row>,
}

/// A site.
#[derive(Serialize)]
struct Row {
    origin: String,
    /// How it is shown; absent for one that may not ask at all any more.
    site: Option<Site>,
    /// Whether the catalogue or the command line lists it: then it may ask for seals and writes.
    listed: bool,
    /// What the user enabled for it in these settings.
    enabled: Vec<Capability>,
    /// What was consented to.
    grants: Vec<Given>,
}

#[derive(Serialize)]
struct Given {
    capability: Capability,
    #[serde(flatten)]
    grant: Grant,
}

pub async fn list(State(agent): State<Arc<Agent>>, Home(_): Home) -> Json<Answer> {
    let grants = agent.consents().grants().clone();
    let enabled: Vec<(String, Capability)> = agent
        .settings()
        .enabled()
        .map(|(origin, capability)| (origin.to_owned(), capability))
        .collect();
    let origins: BTreeSet<&String> = grants
        .keys()
        .chain(enabled.iter().map(|(origin, _)| origin))
        .collect();
    let row = |origin: &String| Row {
        origin: origin.clone(),
        site: agent.policy.admit(origin).ok(),
        listed: agent.policy.is_listed(origin),
        enabled: enabled
            .iter()
            .filter(|(of, _)| of == origin)
            .map(|(_, capability)| *capability)
            .collect(),
        grants: grants
            .get(origin)
            .into_iter()
            .flatten()
            .map(|(capability, grant)| Given {
                capability: *capability,
                grant: grant.clone(),
            })
            .collect(),
    };
    Json(Answer {
        sites: origins.into_iter().map(row).collect(),
    })
}
