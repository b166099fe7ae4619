//! `POST /api/v1/doctor`: what the page saw of its browser in, the diagnosis out. Answers anybody.

use axum::Json;
use axum::extract::State;
use contract::{Base64, ErrorCode};
use doctor::Diagnosis;
use doctor::machine::BrowserSeen;
use serde::Deserialize;

use crate::doctor::Visit;
use crate::http::extract::{MaybeSession, Tenant};
use crate::http::json::JsonBody;
use crate::http::key_checks::create::read;
use crate::{AppState, Problem};

/// Longest user agent that is looked at.
const USER_AGENT: usize = 1000;

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    browser: BrowserSeen,
    /// The page's clock, in seconds since 1970.
    clock: Option<i64>,
    /// The certificate that the agent showed, DER.
    certificate: Option<Base64>,
    /// The CA that was chosen by hand.
    expected: Option<String>,
}

/// The diagnosis.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Diagnosis>, Problem> {
    if form.browser.user_agent.len() > USER_AGENT {
        return Err(ErrorCode::Invalid.into());
    }
    let visit = Visit {
        state: &state,
        tenant: &tenant,
        account: session.as_ref().map(|session| &session.account),
        browser: form.browser,
        page_clock: form.clock,
        certificate: form.certificate.as_ref().map(read).transpose()?,
        expected: form.expected,
    };
    Ok(Json(visit.diagnose().await))
}
