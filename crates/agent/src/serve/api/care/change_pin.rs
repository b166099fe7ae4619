//! `POST /api/care/change-pin`: another PIN for the old one. The rule is checked before the key hears of either.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use token::PinKind;
use zeroize::Zeroizing;

use super::{application, ended, find, last_try, new_pin, not_locked, rule_of, typed};
use crate::serve::Agent;
use crate::serve::api::secret::Secret;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The id of the key's row.
    key: String,
    old: Zeroizing<String>,
    new: Zeroizing<String>,
    /// The user was asked and wants to spend the last try of the old PIN.
    spend_last_try: bool,
}

pub async fn change_pin(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Secret(body): Secret<Body>,
) -> Result<StatusCode, Refused> {
    let row = find(&agent, &body.key).await?;
    let old = typed(&body.old)?;
    let new = new_pin(&rule_of(&agent, &row), &body.new, Some(&body.old))?;
    not_locked(row.tries_left, PinKind::User)?;
    let last_try = last_try(body.spend_last_try);
    let changed = agent
        .tokens
        .change_pin(application(&row)?, PinKind::User, &old, &new, last_try)
        .await;
    ended(&agent, PinKind::User, changed)?;
    Ok(StatusCode::NO_CONTENT)
}
