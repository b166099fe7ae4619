//! `/api/v1/progress`: 进度查询 by 受理编号 and a code to the handler's telephone, without an account. Whether a number exists
//! is told to nobody: every answer to a stranger is the same.

pub mod codes;
pub mod show;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use pki::{HashAlgorithm, Hasher};
use tower_http::timeout::TimeoutLayer;

use crate::AppState;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/progress/codes", post(codes::handler))
        .route("/progress", post(show::handler))
        .layer(DefaultBodyLimit::max(4096))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(30),
        ))
}

/// What is kept of a code: SHA-256 over the number and it. A few digits can be tried by whoever reads the table; it
/// lives for minutes, and its tries are counted before it is compared.
#[must_use]
pub fn hash(number: &str, code: &str) -> [u8; 32] {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(b"yinxin code v1\0");
    hasher.update(number.as_bytes());
    hasher.update(b"\0");
    hasher.update(code.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&hasher.finalize());
    bytes
}
