//! `POST /api/care/check-pin`: whether a PIN is right. A wrong one costs a try, as everywhere.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use token::PinKind;
use zeroize::Zeroizing;

use super::{application, ended, find, last_try, not_locked, typed};
use crate::serve::Agent;
use crate::serve::api::secret::Secret;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The id of the key's row.
    key: String,
    pin: Zeroizing<String>,
    /// The user was asked and wants to spend the last try.
    spend_last_try: bool,
}

pub async fn check_pin(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Secret(body): Secret<Body>,
) -> Result<StatusCode, Refused> {
    let pin = typed(&body.pin)?;
    let row = find(&agent, &body.key).await?;
    not_locked(row.tries_left, PinKind::User)?;
    let last_try = last_try(body.spend_last_try);
    let checked = agent
        .tokens
        .check_pin(application(&row)?, PinKind::User, &pin, last_try)
        .await;
    ended(&agent, PinKind::User, checked)?;
    Ok(StatusCode::NO_CONTENT)
}
