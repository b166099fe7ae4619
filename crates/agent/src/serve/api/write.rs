//! The window's side of a conversation that writes to a token (`docs/protocol-writing.md`).
//!
//! | path | what |
//! |---|---|
//! | `/devices` | what is plugged in, as a production sees it; waits as `/api/keys` does |
//! | `/first-pin` | a first PIN by the provider's rule |
//! | `/begin` | the device or the certificate that was picked, and the PIN |
//! | `/step` | does the next step; with what the page is to be told |
//! | `/pin` | the PIN once more, where a step asks for it |
//! | `/message` | what the page brought from its server |
//! | `/unblock` | the new PIN of a locked key |
//! | `/forget` | the window is left |

mod begin;
mod devices;
mod first_pin;
mod forget;
pub mod message;
mod pin;
mod step;
mod unblock;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::post;
use contract::{ErrorCode, writing::SESSION_SECONDS};
use pki::UnixTime;
use serde::Serialize;
use token::{ApplicationRef, LastTry, Pin, PinEntry, TokenService};
use zeroize::Zeroizing;

use super::sign::refused;
use super::{Refused, secret};
use crate::keyring::KeyRow;
use crate::prompt::{Language, words};
use crate::serve::Agent;
use crate::serve::loads::{Bound, Load, Stage};
use crate::writing::sealed::SealedPins;
use crate::writing::{Step, WriteError, Writing, keys};

pub fn routes() -> Router<Arc<Agent>> {
    let with_pins = Router::new()
        .route("/first-pin", post(first_pin::first_pin))
        .route("/begin", post(begin::begin))
        .route("/pin", post(pin::pin))
        .route("/unblock", post(unblock::unblock))
        .layer(map_response(secret::close));
    Router::new()
        .route("/devices", post(devices::devices))
        .route("/step", post(step::step))
        .route("/forget", post(forget::forget))
        .merge(with_pins)
}

/// Where a conversation stands.
#[derive(Serialize)]
pub struct Standing {
    /// The step that comes next; absent for an unlocking.
    next: Option<Step>,
    /// The PIN must be entered again first.
    wants_pin: bool,
}

impl Standing {
    fn of(session: &keys::Session) -> Standing {
        Standing {
            next: Some(session.next()),
            wants_pin: session.wants_pin(),
        }
    }
}

/// What the window is bound to, where it has not answered and its site may still write.
fn bound<'a>(agent: &Agent, stage: &'a Stage) -> Result<&'a Bound, Refused> {
    if stage.answered {
        let why = &"the window has answered already";
        return Err(Refused::because(ErrorCode::RequestMalformed, why));
    }
    let bound = stage
        .bound
        .as_ref()
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))?;
    let origin = &bound.site.origin;
    if !bound.capability.needs_enabling() || agent.permit(origin, bound.capability).is_none() {
        return Err(Refused::because(ErrorCode::WriteRefused, origin));
    }
    if !agent.consents().has(origin, bound.capability) {
        return Err(Refused::of(ErrorCode::ConsentRequired));
    }
    Ok(bound)
}

/// The service, where tokens can be written to.
fn service(agent: &Agent) -> Result<&TokenService, Refused> {
    agent
        .tokens
        .service()
        .ok_or_else(|| Refused::of(ErrorCode::WriteUnsupported))
}

/// Ends a conversation whose ten minutes are over.
fn in_time(stage: &mut Stage, now: UnixTime) -> Result<(), Refused> {
    if stage
        .writing
        .as_ref()
        .is_some_and(|writing| writing.is_over(now))
    {
        stage.writing = None;
        return Err(Refused::of(ErrorCode::WriteExpired));
    }
    Ok(())
}

fn last_try(spend: bool) -> LastTry {
    if spend { LastTry::Spend } else { LastTry::Keep }
}

/// The PIN of the holder's own key: typed on the page, in a window of the desktop, or on the device.
async fn holder_s_pin(
    agent: &Agent,
    bound: &Bound,
    typed: Option<&Zeroizing<String>>,
    (row, application): (&KeyRow, &ApplicationRef),
    language: Language,
) -> Result<Pin, Refused> {
    match (row.pin.entry, typed) {
        (PinEntry::OnDevice | PinEntry::None, _) => Ok(Pin::none()),
        (PinEntry::Typed, Some(pin)) if agent.takes_pins_from_page() => {
            Pin::new(pin).map_err(|_| Refused::of(ErrorCode::PinLength))
        }
        (PinEntry::Typed, Some(_)) => {
            let why = &"PINs are entered in the window of the desktop only";
            Err(Refused::because(ErrorCode::RequestMalformed, why))
        }
        (PinEntry::Typed, None) => {
            let phrase = agent.settings().phrase().to_owned();
            let intent = &bound.asked.intent;
            let text = words::for_site(&bound.site, intent, row, &phrase, language);
            agent.pin_with_window(text, application).await
        }
    }
}

/// The refusal for what was not written.
fn not_written(error: WriteError) -> Refused {
    match error {
        WriteError::PinRule(broken) => {
            let mut refused = Refused::of(ErrorCode::PinRule);
            refused.broken = broken;
            refused
        }
        WriteError::Token(inner)
            if WriteError::Token(inner.clone()).code() == crate::keyring::code_of(&inner) =>
        {
            refused(inner)
        }
        error => Refused::because(error.code(), &error),
    }
}

/// The sealed PINs of this agent.
fn sealed_pins(agent: &Agent) -> SealedPins {
    SealedPins::in_folder(agent.state.folder())
}

/// Has what a window holds wiped after ten minutes, though nobody asks any more.
fn limit(load: &Arc<Load>, began: UnixTime) {
    let load = Arc::downgrade(load);
    let limit = std::time::Duration::from_secs(SESSION_SECONDS.unsigned_abs());
    tokio::spawn(async move {
        // Nothing to wait for but the time itself.
        let _ = tokio::time::timeout(limit, std::future::pending::<()>()).await;
        if let Some(load) = load.upgrade() {
            let mut stage = load.stage.lock().await;
            if stage.writing.as_ref().map(Writing::began) == Some(began) {
                stage.writing = None;
            }
        }
    });
}
