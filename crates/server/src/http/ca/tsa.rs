//! `POST /ca/tsa/{issuer}`: a time-stamping authority (RFC 3161 §3.4).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::refused;
use crate::{AppState, Problem, status};

/// What is wrong with a request is told in the response, as the protocol has it.
pub async fn handler(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Bytes,
) -> Result<Response, Problem> {
    let response = status::tsa::stamp(&state, &id, &request)
        .await
        .map_err(refused)?;
    let headers = [
        (CONTENT_TYPE, "application/timestamp-reply"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, response).into_response())
}
