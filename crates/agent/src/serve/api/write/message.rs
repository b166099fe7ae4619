//! `POST /api/write/message`: what the page brought from its server. It is checked here; nothing of it is written
//! before the next step.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{ErrorCode, PageMessage};
use serde::Deserialize;

use super::{Standing, bound, in_time, not_written};
use crate::serve::Agent;
use crate::serve::api::{Refused, Window};
use crate::writing::Writing;

/// Most bytes of the body: the message as a JSON string, in which quotes are escaped once more.
pub const MAX_BODY: usize = contract::writing::MAX_MESSAGE_BYTES + 16 * 1024;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The message as JSON text.
    message: String,
}

pub async fn message(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Json(body): Json<Body>,
) -> Result<Json<Standing>, Refused> {
    let mut stage = load.stage.lock().await;
    in_time(&mut stage, (agent.clock)())?;
    bound(&agent, &stage)?;
    let message = PageMessage::from_json(&body.message)
        .map_err(|error| Refused::because(ErrorCode::RequestMalformed, &error))?;
    let standing = match (message, &mut stage.writing) {
        (PageMessage::Certificates(certificates), Some(Writing::Keys(session))) => {
            session.take(certificates).map_err(not_written)?;
            Standing::of(session)
        }
        (PageMessage::Authority(authority), Some(Writing::Unlock(session))) => {
            session.take(&authority).map_err(not_written)?;
            Standing {
                next: None,
                wants_pin: false,
            }
        }
        (PageMessage::Abort(abort), Some(_)) => {
            stage.writing = None;
            stage.answered = true;
            return Err(Refused::because(abort.code, &"the server did not go on"));
        }
        _ => return Err(Refused::of(ErrorCode::RequestMalformed)),
    };
    Ok(Json(standing))
}
