//! `/api/v1/payments`: what a gateway says. No session and no `Origin`: the MAC is what counts.

pub mod notifications;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use tower_http::timeout::TimeoutLayer;

use crate::AppState;
use crate::payments::MAX_MESSAGE;

/// The one route.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/payments/notifications", post(notifications::handler))
        .layer(DefaultBodyLimit::max(MAX_MESSAGE))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(30),
        ))
}
