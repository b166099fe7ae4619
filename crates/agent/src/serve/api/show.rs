//! `POST /api/show`: the certificate of the picked key, for a site that asks whether the key works there.
//!
//! Nothing is signed and no PIN is asked, so no try is spent. The click in this window is the consent, each time;
//! the answer holds one certificate, never the list of what is plugged in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentRequest, AgentResponse, Base64, ErrorCode};
use serde::Deserialize;

use super::{Refused, Window};
use crate::keyring::Keyring;
use crate::serve::Agent;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The id of the certificate's row.
    certificate: String,
}

pub async fn show(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Json(body): Json<Body>,
) -> Result<Json<AgentResponse>, Refused> {
    let mut stage = load.stage.lock().await;
    if stage.answered {
        return Err(Refused::because(
            ErrorCode::RequestMalformed,
            &"the window has answered already",
        ));
    }
    let bound = stage
        .bound
        .as_ref()
        .filter(|bound| matches!(bound.asked.request, AgentRequest::Check(_)))
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))?;
    if !agent.consents().has(&bound.site.origin, bound.capability) {
        return Err(Refused::of(ErrorCode::ConsentRequired));
    }
    let keyring = Keyring::of(
        &agent.tokens.list().await,
        &agent.catalogue(),
        (agent.clock)(),
    );
    // One that has expired or that nobody knows is what such a question is asked for: it is shown all the same.
    let (_, _, place) = keyring
        .find(&body.certificate)
        .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
    let certificate = Base64(place.certificate.clone());
    stage.answered = true;
    Ok(Json(AgentResponse::Certificate { certificate }))
}
