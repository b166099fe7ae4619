//! `POST /api/request`: binds the window to the first origin that asks, and says how to show what it asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentRequest, ErrorCode, Intent, KeyFamilyName};
use serde::{Deserialize, Serialize};

use super::{Refused, Window};
use crate::consent::Capability;
use crate::origin::Site;
use crate::serve::Agent;
use crate::serve::loads::Bound;
use crate::signing::Asked;

/// Most bytes of the body: the request as a JSON string, in which quotes are escaped once more.
pub const MAX_BODY: usize = contract::request::MAX_REQUEST_BYTES + 256 * 1024;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// `event.origin` of the message that brought the port.
    origin: String,
    /// The request as JSON text.
    request: String,
}

/// How to show it.
#[derive(Serialize)]
pub struct View {
    site: Site,
    capability: Capability,
    /// Whether the user consented earlier.
    consent: bool,
    /// The intent, parsed; the page renders it by its own templates.
    intent: Intent,
    /// Kinds of keys that a seal was prepared for.
    families: Vec<KeyFamilyName>,
}

pub async fn request(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Json(body): Json<Body>,
) -> Result<Json<View>, Refused> {
    let mut stage = load.stage.lock().await;
    if stage.bound.is_some() || stage.answered {
        return Err(Refused::because(
            ErrorCode::RequestMalformed,
            &"the window is bound already",
        ));
    }
    let site = agent.policy.admit(&body.origin).map_err(|why| {
        agent.note_refused(&body.origin, Capability::Login);
        Refused::because(why.code(), &why)
    })?;
    let asked = Asked::read(&body.request).map_err(|why| Refused::because(why.code(), &why))?;
    let capability = Capability::of(&asked.intent);
    if agent.permit(&site.origin, capability).is_none() {
        agent.note_refused(&site.origin, capability);
        let code = match capability {
            Capability::Write => ErrorCode::WriteRefused,
            _ => ErrorCode::CapabilityRefused,
        };
        return Err(Refused::because(code, &site.origin));
    }
    let families = match &asked.request {
        AgentRequest::Seal(request) => request
            .variants
            .iter()
            .map(|variant| variant.family)
            .collect(),
        AgentRequest::Statement(_)
        | AgentRequest::Check(_)
        | AgentRequest::Diagnose(_)
        | AgentRequest::Produce(_)
        | AgentRequest::Renew(_)
        | AgentRequest::Unlock(_) => {
            vec![KeyFamilyName::Sm2, KeyFamilyName::Rsa, KeyFamilyName::P256]
        }
    };
    let view = View {
        consent: agent.consents().has(&site.origin, capability),
        intent: asked.intent.clone(),
        site: site.clone(),
        capability,
        families,
    };
    stage.bound = Some(Bound {
        site,
        asked,
        capability,
    });
    Ok(Json(view))
}
