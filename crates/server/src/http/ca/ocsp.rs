//! `POST /ca/ocsp/{issuer}` and `GET /ca/ocsp/{issuer}/{base64}`: a responder (RFC 6960 appendix A).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refused;
use crate::status::ocsp::{self, Answer};
use crate::{AppState, Problem};

const KIND: &str = "application/ocsp-response";
/// A cache on the way keeps an answer no longer than this, however long it counts: a revocation is to be seen soon.
const CACHED: i64 = 300;

/// The question is the body.
pub async fn posted(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Bytes,
) -> Result<Response, Problem> {
    let answer = ocsp::answer(&state, &id, &request).await.map_err(refused)?;
    let headers = [(CONTENT_TYPE, KIND), (CACHE_CONTROL, "no-store")];
    Ok((headers, answer.body).into_response())
}

/// The question stands in the address. What is no base64 is a malformed request, as the responder says it.
pub async fn in_address(
    State(state): State<AppState>,
    Path((id, request)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let request = STANDARD.decode(request).unwrap_or_default();
    let answer = ocsp::answer(&state, &id, &request).await.map_err(refused)?;
    let caching = caching(&state, &answer);
    let headers = [(CONTENT_TYPE, KIND.to_owned()), (CACHE_CONTROL, caching)];
    Ok((headers, answer.body).into_response())
}

/// RFC 5019 §6.2.
fn caching(state: &AppState, answer: &Answer) -> String {
    match answer.until {
        Some(until) => {
            let left = (until.seconds() - state.now().seconds()).clamp(0, CACHED);
            format!("max-age={left}, public, no-transform, must-revalidate")
        }
        None => "no-store".to_owned(),
    }
}
