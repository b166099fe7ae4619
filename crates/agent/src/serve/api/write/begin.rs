//! `POST /api/write/begin`: what was picked, and the PIN. For an unlocking: the device alone, and the answer for
//! the page at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::{AgentInterim, AgentRequest, ErrorCode, Intent};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Standing, bound, holder_s_pin, last_try, limit, not_written, service};
use crate::keyring::Keyring;
use crate::pin_rule::Rule;
use crate::prompt::Language;
use crate::serve::Agent;
use crate::serve::api::secret::Secret;
use crate::serve::api::{Refused, Window};
use crate::writing::devices::rows;
use crate::writing::{Writing, keys, unlock};

/// The body.
#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// A production on this device.
    Produce {
        device: String,
        pin: Zeroizing<String>,
        #[serde(default)]
        spend_last_try: bool,
    },
    /// A renewal of this certificate.
    Renew {
        certificate: String,
        /// Absent where a window of the desktop asks for it.
        #[serde(default)]
        pin: Option<Zeroizing<String>>,
        #[serde(default)]
        spend_last_try: bool,
        /// The page's language, for that window.
        #[serde(default)]
        language: Language,
    },
    /// An unlocking of the device that the intent names.
    Unlock,
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    #[serde(flatten)]
    standing: Standing,
    /// For the page, of an unlocking.
    interim: Option<AgentInterim>,
    /// What a new PIN must look like, of an unlocking.
    rule: Option<Rule>,
}

pub async fn begin(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    Secret(body): Secret<Body>,
) -> Result<Json<Answer>, Refused> {
    let mut stage = load.stage.lock().await;
    let bound = bound(&agent, &stage)?;
    service(&agent)?;
    let now = (agent.clock)();
    let listing = agent.tokens.list().await;
    let malformed = || Refused::of(ErrorCode::RequestMalformed);
    let (mut interim, mut rule) = (None, None);
    let writing = match (&body, &bound.asked.request, &bound.asked.intent) {
        (
            Body::Produce {
                device,
                pin,
                spend_last_try,
            },
            AgentRequest::Produce(request),
            Intent::Produce(intent),
        ) => {
            let catalogue = agent.catalogue();
            let rows = rows(&listing, catalogue.modules(), &intent.production);
            let device = rows
                .iter()
                .find(|row| row.id == *device)
                .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
            let last_try = last_try(*spend_last_try);
            let session = keys::Session::produce(request, intent, device, pin, last_try, now);
            Writing::Keys(Box::new(session.map_err(not_written)?))
        }
        (
            Body::Renew {
                certificate,
                pin,
                spend_last_try,
                language,
            },
            AgentRequest::Renew(request),
            Intent::Renew(intent),
        ) => {
            let keyring = Keyring::of(&listing, &agent.catalogue(), now);
            let (row, found, place) = keyring
                .find(certificate)
                .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
            if let Some(code) = found.refused {
                return Err(Refused::of(code));
            }
            let token = listing
                .tokens
                .iter()
                .find(|token| token.reference() == row.device)
                .ok_or_else(|| Refused::of(ErrorCode::TokenRemoved))?;
            if row.tries_left == Some(0) {
                return Err(Refused::of(ErrorCode::PinLocked).with_tries(Some(0)));
            }
            let application = place.key.application();
            let typed = pin.as_ref();
            let pin = holder_s_pin(&agent, bound, typed, (row, &application), *language).await?;
            let session = keys::Session::renew(
                request,
                intent,
                &bound.site.origin,
                token,
                row,
                place,
                pin,
                last_try(*spend_last_try),
                now,
            );
            Writing::Keys(Box::new(session.map_err(not_written)?))
        }
        (Body::Unlock, AgentRequest::Unlock(_), Intent::Unlock(intent)) => {
            let catalogue = agent.catalogue();
            let keyring = Keyring::of(&listing, &catalogue, now);
            let session = unlock::Session::begin(intent, &keyring, &listing, now);
            let session = session.map_err(not_written)?;
            let row = session.row(intent, &keyring);
            let provider = row.and_then(|row| row.provider.as_ref());
            rule = Some(Rule::of(
                provider.and_then(|provider| catalogue.provider(&provider.id)),
            ));
            interim = Some(AgentInterim::Unlock(session.key()));
            Writing::Unlock(Box::new(session))
        }
        _ => return Err(malformed()),
    };
    let standing = match &writing {
        Writing::Keys(session) => Standing::of(session),
        Writing::Unlock(_) => Standing {
            next: None,
            wants_pin: false,
        },
    };
    limit(&load, writing.began());
    stage.writing = Some(writing);
    Ok(Json(Answer {
        standing,
        interim,
        rule,
    }))
}
