//! `POST /api/write/pin`: the PIN once more, after a wrong one, before the last try, or after a time-out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Standing, bound, in_time, last_try, not_written};
use crate::serve::Agent;
use crate::serve::api::secret::Secret;
use crate::serve::api::{Refused, Window};
use crate::writing::Writing;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    pin: Zeroizing<String>,
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
    bound(&agent, &stage)?;
    let Some(Writing::Keys(session)) = &mut stage.writing else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    session
        .enter_pin(&body.pin, last_try(body.spend_last_try))
        .map_err(not_written)?;
    Ok(Json(Standing::of(session)))
}
