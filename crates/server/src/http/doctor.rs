//! `/api/v1/doctor`: 环境检测, usable before a login.

pub mod contacts;
pub mod create;
pub mod events;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tower_http::timeout::TimeoutLayer;

use super::{JSON_BODY_BYTES, JSON_TIME};
use crate::AppState;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/doctor", post(create::handler))
        .route("/doctor/contacts", get(contacts::handler))
        .route("/doctor/events", post(events::handler))
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            JSON_TIME,
        ))
}
