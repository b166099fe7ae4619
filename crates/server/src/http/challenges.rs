//! Giving a challenge, and taking it back.

use contract::{ErrorCode, Intent, Nonce, Purpose};
use domain::Id;
use domain::challenge::{self, Challenge, ChallengeError, Expected, Holder};
use domain::entropy::random_bytes;
use serde::Serialize;

use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// What a page gets: the challenge to bring back, and what the agent needs to answer it.
#[derive(Debug, Serialize)]
pub struct ChallengeBody {
    challenge: String,
    nonce: String,
    intent: String,
    expires_at: String,
}

/// Makes a challenge for whoever holds the cookie.
///
/// # Errors
/// An intent that agents would refuse.
pub fn give(
    state: &AppState,
    tenant: &Tenant,
    purpose: Purpose,
    intent: &Intent,
    holder: Holder,
    account: Option<Id>,
) -> Result<ChallengeBody, Problem> {
    let intent = intent.to_json().map_err(|error| {
        tracing::error!(%error, "an intent could not be written");
        Problem::of(ErrorCode::Internal)
    })?;
    let challenge = Challenge {
        purpose,
        platform: tenant.id().to_owned(),
        origin: tenant.origin().to_owned(),
        nonce: random_bytes(&*state.random),
        expires_at: state.now() + challenge::LIFE,
        holder,
        account,
        intent,
    };
    Ok(ChallengeBody {
        challenge: state.challenge_key.seal(&challenge),
        nonce: Nonce(challenge.nonce).to_text(),
        expires_at: rfc3339(challenge.expires_at),
        intent: challenge.intent,
    })
}

/// Reads a challenge that came back to the place that it was made for.
///
/// # Errors
/// `challenge_expired`, `challenge_invalid`.
pub fn take(
    state: &AppState,
    tenant: &Tenant,
    text: &str,
    purpose: Purpose,
    holder: &Holder,
) -> Result<Challenge, Problem> {
    let expected = Expected {
        purpose,
        platform: tenant.id(),
        origin: tenant.origin(),
        holder,
    };
    state
        .challenge_key
        .open(text, &expected, state.now())
        .map_err(|error| match error {
            ChallengeError::Expired => ErrorCode::ChallengeExpired.into(),
            ChallengeError::NotOurs | ChallengeError::MadeForAnother(_) => {
                tracing::info!(reason = %error, "a challenge was refused");
                ErrorCode::ChallengeInvalid.into()
            }
        })
}
