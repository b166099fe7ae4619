//! `POST /api/care/unblock`: a new user PIN for a locked key; its keys and certificates stay.

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
    by: Authority,
    new: Zeroizing<String>,
    /// The administrator was asked and wants to spend the last try of the administrator PIN.
    spend_last_try: bool,
}

/// By what right a key is unblocked.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Authority {
    /// The administrator types the administrator PIN at this computer.
    AdminPin { pin: Zeroizing<String> },
}

pub async fn unblock(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Secret(body): Secret<Body>,
) -> Result<StatusCode, Refused> {
    let row = find(&agent, &body.key).await?;
    let Authority::AdminPin { pin } = &body.by;
    let admin = typed(pin)?;
    let new = new_pin(&rule_of(&agent, &row), &body.new, None)?;
    not_locked(row.admin_tries_left, PinKind::Admin)?;
    let last_try = last_try(body.spend_last_try);
    let unblocked = agent
        .tokens
        .unblock_pin(application(&row)?, &admin, &new, last_try)
        .await;
    ended(&agent, PinKind::Admin, unblocked)?;
    Ok(StatusCode::NO_CONTENT)
}
