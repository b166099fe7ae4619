//! The care of a key: its state in full, and its PINs and label.
//!
//! Whatever a call does to the tries, every page that shows the key hears of it at once. A PIN is sent once: an
//! answer that does not come is told as such, and the page reads the tries before it asks again.

mod change_pin;
mod check_pin;
mod keys;
mod label;
mod unblock;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::post;
use contract::ErrorCode;
use token::{ApplicationRef, LastTry, Pin, PinKind, TokenError};

use super::{Refused, secret};
use crate::keyring::{KeyRow, Keyring, code_of};
use crate::pin_rule::Rule;
use crate::serve::Agent;

pub fn routes() -> Router<Arc<Agent>> {
    let with_pins = Router::new()
        .route("/check-pin", post(check_pin::check_pin))
        .route("/change-pin", post(change_pin::change_pin))
        .route("/unblock", post(unblock::unblock))
        .layer(map_response(secret::close));
    Router::new()
        .route("/keys", post(keys::keys))
        .route("/label", post(label::label))
        .merge(with_pins)
}

/// The key with this id, as it is plugged in now.
async fn find(agent: &Agent, id: &str) -> Result<KeyRow, Refused> {
    let listing = agent.tokens.list().await;
    let keyring = Keyring::of(&listing, &agent.catalogue(), (agent.clock)());
    let row = keyring.keys.into_iter().find(|row| row.id == id);
    row.ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))
}

/// Its application, which has the PINs.
fn application(row: &KeyRow) -> Result<&ApplicationRef, Refused> {
    row.application
        .as_ref()
        .ok_or_else(|| Refused::of(ErrorCode::NoSigningCertificate))
}

/// The rule for this key's PINs.
fn rule_of(agent: &Agent, row: &KeyRow) -> Rule {
    let catalogue = agent.catalogue();
    let provider = row.provider.as_ref();
    Rule::of(provider.and_then(|provider| catalogue.provider(&provider.id)))
}

/// What was typed as a PIN that exists already; the key alone knows whether it is right.
fn typed(pin: &str) -> Result<Pin, Refused> {
    Pin::new(pin).map_err(|_| Refused::of(ErrorCode::PinLength))
}

/// A new PIN, after the rule; nothing was sent to the key yet.
fn new_pin(rule: &Rule, new: &str, old: Option<&str>) -> Result<Pin, Refused> {
    let broken = rule.check(new, old);
    if !broken.is_empty() {
        let mut refused = Refused::of(ErrorCode::PinRule);
        refused.broken = broken;
        return Err(refused);
    }
    typed(new)
}

fn last_try(spend: bool) -> LastTry {
    if spend { LastTry::Spend } else { LastTry::Keep }
}

/// Nothing is sent to a key whose PIN is locked.
fn not_locked(left: Option<u32>, kind: PinKind) -> Result<(), Refused> {
    if left == Some(0) {
        return Err(Refused::of(locked(kind)).with_tries(Some(0)));
    }
    Ok(())
}

/// The answer for what became of a call with a PIN, after every page was told that the tries may differ.
fn ended(agent: &Agent, kind: PinKind, result: Result<(), TokenError>) -> Result<(), Refused> {
    agent.keys_changed();
    result.map_err(|error| match error {
        TokenError::PinWrong { left } => Refused::of(ErrorCode::PinWrong).with_tries(left),
        TokenError::LastTry => Refused::of(ErrorCode::LastTry).with_tries(Some(1)),
        TokenError::PinLocked => Refused::of(locked(kind)).with_tries(Some(0)),
        // By now the key itself judged the new PIN.
        TokenError::PinInvalid => Refused::of(ErrorCode::PinRule).with_detail(
            "CA 锁不接受这样的新 PIN 码",
            "The key does not take a new PIN of this form",
        ),
        error => Refused::because(code_of(&error), &error),
    })
}

fn locked(kind: PinKind) -> ErrorCode {
    match kind {
        PinKind::User => ErrorCode::PinLocked,
        PinKind::Admin => ErrorCode::AdminPinLocked,
    }
}
