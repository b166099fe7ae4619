//! `POST /api/write/pin`: the PIN once more, after a wrong one, before the last try, or after a time-out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;
use token::Pin;
use zeroize::Zeroizing;

use super::{Standing, bound, holder_s_pin, in_time, last_try};
use crate::prompt::Language;
use crate::serve::Agent;
use crate::serve::api::secret::Secret;
use crate::serve::api::{Refused, Window};
use crate::writing::Writing;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Absent where a window of the desktop asks for it: of a renewal alone.
    #[serde(default)]
    pin: Option<Zeroizing<String>>,
    /// The page's language, for that window.
    #[serde(default)]
    language: Language,
    /// The user was asked and wants to spend the last try.
    #[serde(default)]
    spend_last_try: bool,
}

pub async fn pin(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Secret(body): Secret<Body>,
) -> Result<Json<Standing>, Refused> {
    let mut stage = load.stage.lock().await;
    in_time(&mut stage, (agent.clock)())?;
    let bound = bound(&agent, &stage)?;
    let Some(Writing::Keys(session)) = &stage.writing else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    let listing = agent.tokens.list().await;
    let pin = match (session.holder_s_key(&listing), &body.pin) {
        (Some((row, application)), typed) => {
            let key = (row, &application);
            holder_s_pin(&agent, bound, typed.as_ref(), key, body.language).await?
        }
        // A production's PIN, or a key that is not plugged in: the next step says so.
        (None, Some(typed)) => Pin::new(typed).map_err(|_| Refused::of(ErrorCode::PinLength))?,
        (None, None) => return Err(Refused::of(ErrorCode::TokenRemoved)),
    };
    let Some(Writing::Keys(session)) = &mut stage.writing else {
        return Err(Refused::of(ErrorCode::Internal));
    };
    session.enter_pin(pin, last_try(body.spend_last_try));
    Ok(Json(Standing::of(session)))
}
