//! `POST /api/sign`: the chosen certificate and the PIN in, the answer for the page out.
//!
//! The order: the site may ask, consent → key as it is now → what is signed, built here → the token, once → the journal on
//! disk → the answer. A PIN is used once and wiped; after a time-out the page reads the tries and asks again.
//! Without a PIN in it the call waits for the window of the desktop, and ends it when the page hangs up.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentResponse, Base64, ErrorCode};
use serde::Deserialize;
use token::{LastTry, Pin, PinEntry, TokenError};
use zeroize::Zeroizing;

use super::secret::Secret;
use super::{Refused, Window};
use crate::keyring::{chain, code_of};
use crate::prompt::{Language, words};
use crate::serve::Agent;
use crate::signing::{Packed, Work};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The id of the certificate's row.
    certificate: String,
    /// Absent where a window of the desktop asks for it.
    #[serde(default)]
    pin: Option<Zeroizing<String>>,
    /// The user was asked and wants to spend the last try.
    #[serde(default)]
    spend_last_try: bool,
    /// The page's language, for that window.
    #[serde(default)]
    language: Language,
}

pub async fn sign(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Secret(body): Secret<Body>,
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
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))?;
    let origin = &bound.site.origin;
    // Asked again: a site that was disabled while its window stood open gets nothing.
    if agent.permit(origin, bound.capability).is_none() {
        return Err(Refused::because(ErrorCode::CapabilityRefused, origin));
    }
    if !agent.consents().has(origin, bound.capability) {
        return Err(Refused::of(ErrorCode::ConsentRequired));
    }
    let typed = match body.pin {
        Some(pin) if agent.pins.may_come_from_page(agent.settings().pin_entry()) => {
            Some(Pin::new(&pin).map_err(|_| Refused::of(ErrorCode::PinLength))?)
        }
        Some(_) => {
            let why = &"PINs are entered in the window of the desktop only";
            return Err(Refused::because(ErrorCode::RequestMalformed, why));
        }
        None => None,
    };

    let now = (agent.clock)();
    let keyring = agent.keyring_for_sites().await;
    let (row, certificate, place) = keyring
        .find(&body.certificate)
        .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
    if let Some(code) = certificate.refused {
        return Err(Refused::of(code));
    }
    if row.tries_left == Some(0) {
        return Err(Refused::of(ErrorCode::PinLocked).with_tries(Some(0)));
    }
    // Nothing to type: a file without a passphrase, or a device with keys of its own.
    let typed = match row.pin.entry {
        PinEntry::Typed => typed,
        PinEntry::OnDevice | PinEntry::None => Some(Pin::none()),
    };
    let work = Work::build(
        &bound.asked,
        origin,
        &place.certificate,
        stage.picked.as_ref(),
        now,
    )
    .map_err(|why| Refused::because(why.code(), &why))?;
    let signature = match typed {
        Some(pin) => {
            let last_try = if body.spend_last_try {
                LastTry::Spend
            } else {
                LastTry::Keep
            };
            agent
                .tokens
                .sign(
                    &place.key,
                    &pin,
                    &place.certificate,
                    &work.message,
                    last_try,
                )
                .await
                .inspect_err(|error| agent.heard(error))
                .map_err(refused)?
        }
        None => {
            let phrase = agent.settings().phrase().to_owned();
            let text = words::for_site(
                &bound.site,
                &bound.asked.intent,
                row,
                &phrase,
                body.language,
            );
            agent.sign_with_window(text, place, &work.message).await?
        }
    };
    // On the disk before it leaves: what nobody can look up later must not be out there.
    let entry = work.entry(&signature, row, now);
    agent
        .journal()
        .append(entry)
        .map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    let response = match work.pack(&signature, &chain(&agent.catalogue(), &place.certificate)) {
        Packed::Statement(token) => AgentResponse::Statement { token },
        Packed::Seal(cms, grade) => AgentResponse::Seal {
            cms: Base64(cms),
            grade,
        },
    };
    // The signature stands in the journal: a date that could not be kept is no reason to withhold it.
    if let Err(error) = agent.consents().used(origin, bound.capability, now) {
        tracing::warn!(%error, "the last use of a consent was not kept");
    }
    stage.answered = true;
    Ok(Json(response))
}

/// The refusal for what a token did not do, with the tries that are left.
pub fn refused(error: TokenError) -> Refused {
    match error {
        TokenError::PinWrong { left } => Refused::of(ErrorCode::PinWrong).with_tries(left),
        TokenError::LastTry => Refused::of(ErrorCode::LastTry).with_tries(Some(1)),
        TokenError::PinLocked => Refused::of(ErrorCode::PinLocked).with_tries(Some(0)),
        error => Refused::because(code_of(&error), &error),
    }
}
