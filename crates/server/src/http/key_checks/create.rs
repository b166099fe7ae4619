//! `POST /api/v1/key-checks`: a certificate in, what this platform says of it out. Answers anybody.

use axum::Json;
use axum::extract::State;
use contract::{Base64, ErrorCode};
use pki::Certificate;
use serde::Deserialize;

use super::{Report, check};
use crate::http::extract::{MaybeSession, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the page brings from the agent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// DER.
    certificate: Base64,
}

/// The report. A certificate that is refused is a good answer to the question: the status is 200.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    MaybeSession(session): MaybeSession,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Report>, Problem> {
    let certificate = read(&form.certificate)?;
    let asks = session.as_ref().map(|session| &session.account);
    check(&state, &tenant, &certificate, asks).await.map(Json)
}

/// A certificate that a page brings.
///
/// # Errors
/// `no_certificate` for bytes that are none, `too_large`.
pub fn read(given: &Base64) -> Result<Certificate, Problem> {
    if given.as_bytes().len() > contract::login_token::MAX_CERTIFICATE_BYTES {
        return Err(Problem::of(ErrorCode::TooLarge)
            .with_detail("证书超过 64 KB", "A certificate has 64 KiB at most"));
    }
    Certificate::from_der(given.as_bytes()).map_err(|error| {
        Problem::of(ErrorCode::NoCertificate).with_detail(
            "无法获取证书：内容不是证书",
            format!("This is no certificate: {error}"),
        )
    })
}
