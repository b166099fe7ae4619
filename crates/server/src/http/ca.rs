//! `/ca`: what certificates announce. Public and read-only, on every host.

pub mod ocsp;
pub mod show;
pub mod tsa;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use contract::ErrorCode;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::authority::AuthorityError;
use crate::authority::vault::VaultError;
use crate::{AppState, Problem};

/// The largest request for an answer or a time stamp, in bytes; the decoders' own limits are not larger.
const BODY: usize = 16 * 1024;
/// Signatures that are made at once; further requests wait their turn.
const CONCURRENCY: usize = 64;
/// An answer comes within this time or not at all.
const TIME: Duration = Duration::from_secs(15);

/// Lists and certificates, and what is signed when it is asked for.
pub fn routes() -> Router<AppState> {
    let signing = Router::new()
        .route("/ocsp/{id}", post(ocsp::posted))
        .route("/ocsp/{id}/{*request}", get(ocsp::in_address))
        .route("/tsa/{id}", post(tsa::handler))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIME,
        ))
        .layer(GlobalConcurrencyLimitLayer::new(CONCURRENCY));
    Router::new()
        .route("/{file}", get(show::handler))
        .merge(signing)
}

fn refused(error: AuthorityError) -> Problem {
    match error {
        AuthorityError::Unknown(_) => ErrorCode::NotFound.into(),
        // What is asked for is made by `yinxin ca`, and is not there yet.
        AuthorityError::Vault(VaultError::Absent(_)) => ErrorCode::Busy.into(),
        AuthorityError::Store(error) => error.into(),
        other => {
            tracing::error!(error = %other, "an authority could not answer");
            ErrorCode::Internal.into()
        }
    }
}
