//! `POST /api/write/unblock`: the new PIN of a locked key, by the authority that the page brought.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentResponse, Base64, ErrorCode, Intent, KeyFamilyName};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{bound, in_time, last_try, not_written, service};
use crate::journal::{Entry, KeyEntry};
use crate::keyring::Keyring;
use crate::pin_rule::Rule;
use crate::rfc3339;
use crate::serve::Agent;
use crate::serve::api::secret::Secret;
use crate::serve::api::{Refused, Window};
use crate::writing::Writing;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    new: Zeroizing<String>,
    /// The user was asked and wants to spend the last try of the administrator PIN.
    #[serde(default)]
    spend_last_try: bool,
}

pub async fn unblock(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Secret(body): Secret<Body>,
) -> Result<Json<AgentResponse>, Refused> {
    let mut stage = load.stage.lock().await;
    let now = (agent.clock)();
    in_time(&mut stage, now)?;
    let bound = bound(&agent, &stage)?;
    let Intent::Unlock(intent) = bound.asked.intent.clone() else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    let (origin, capability) = (bound.site.origin.clone(), bound.capability);
    let intent_json = bound.asked.request.intent().to_owned();
    let Some(Writing::Unlock(session)) = &mut stage.writing else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    let catalogue = agent.catalogue();
    let keyring = Keyring::of(&agent.tokens.list().await, &catalogue, now);
    let row = session
        .row(&intent, &keyring)
        .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
    let provider = row.provider.as_ref();
    let rule = Rule::of(provider.and_then(|provider| catalogue.provider(&provider.id)));
    let unblocked = session
        .unblock(
            service(&agent)?,
            &rule,
            &body.new,
            last_try(body.spend_last_try),
        )
        .await;
    agent.keys_changed();
    unblocked.map_err(not_written)?;
    let entry = Entry {
        at: rfc3339(now),
        origin: origin.clone(),
        purpose: "unlocked".into(),
        intent: intent_json,
        certificate_sha256: None,
        family: row
            .certificates
            .iter()
            .find_map(|certificate| certificate.family)
            .unwrap_or(KeyFamilyName::Sm2),
        signed_sha256: String::new(),
        signature: Base64(Vec::new()),
        seal: None,
        key: Some(KeyEntry::of(row)),
    };
    // The key is unlocked already: a line that could not be written is no reason to say otherwise.
    if let Err(error) = agent.journal().append(entry) {
        tracing::error!(%error, "an unlocking was not written down");
    }
    if let Err(error) = agent.consents().used(&origin, capability, now) {
        tracing::warn!(%error, "the last use of a consent was not kept");
    }
    stage.writing = None;
    stage.answered = true;
    Ok(Json(AgentResponse::Unlocked))
}
