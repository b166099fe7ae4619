//! `/api/v1/operator/applications`, `/payments`, `/productions`, `/labels`, `/queues`, `/outbox`: the back office. Who may
//! do what is the machine's to say; who may look is [`crate::applications::caller::Desk`]'s.

pub mod create;
pub mod export;
pub mod invoice;
pub mod label;
pub mod labels;
pub mod list;
pub mod originals;
pub mod outbox;
pub mod produce;
pub mod queues;
pub mod receipt;
pub mod review;
pub mod second_review;
pub mod shipment;
pub mod unlock_code;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tower_http::timeout::TimeoutLayer;

use super::{payments, productions};
use crate::AppState;

const JSON_BODY_BYTES: usize = 256 * 1024;
const TIME: Duration = Duration::from_secs(60);
const UPLOAD_TIME: Duration = Duration::from_secs(10 * 60);

/// The back office's routes.
pub fn routes() -> Router<AppState> {
    let uploads = Router::new()
        .route(
            "/operator/applications/{id}/invoice",
            post(invoice::handler),
        )
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            UPLOAD_TIME,
        ));
    let others = Router::new()
        .route("/operator/queues", get(queues::handler))
        .route(
            "/operator/application-offers",
            get(crate::http::applications::offers::handler),
        )
        .route(
            "/operator/applications",
            get(list::handler).post(create::handler),
        )
        .route("/operator/applications.csv", get(export::handler))
        .route("/operator/applications/{id}/review", post(review::handler))
        .route(
            "/operator/applications/{id}/second-review",
            post(second_review::handler),
        )
        .route(
            "/operator/applications/{id}/originals",
            post(originals::handler),
        )
        .route(
            "/operator/applications/{id}/production",
            post(produce::handler),
        )
        .route("/operator/applications/{id}/label", get(label::handler))
        .route("/operator/labels", post(labels::handler))
        .route(
            "/operator/applications/{id}/shipment",
            post(shipment::handler),
        )
        .route(
            "/operator/applications/{id}/receipt",
            post(receipt::handler),
        )
        .route(
            "/operator/applications/{id}/unlock-code",
            post(unlock_code::handler),
        )
        .route(
            "/operator/productions/{id}",
            get(productions::show::handler),
        )
        .route(
            "/operator/productions/{id}/prepared",
            post(productions::prepared::handler),
        )
        .route(
            "/operator/productions/{id}/written",
            post(productions::written::handler),
        )
        .route("/operator/payments", get(payments::list::handler))
        .route(
            "/operator/payments/{id}/voucher",
            get(payments::voucher::handler),
        )
        .route(
            "/operator/payments/{id}/confirm",
            post(payments::confirm::handler),
        )
        .route(
            "/operator/payments/{id}/refuse",
            post(payments::refuse::handler),
        )
        .route(
            "/operator/payments/{id}/refund",
            post(payments::refund::handler),
        )
        .route("/operator/outbox", get(outbox::handler))
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIME,
        ));
    uploads.merge(others)
}
