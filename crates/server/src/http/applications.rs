//! `/api/v1/applications`: 申领 by suppliers, and what desks do with the same paths under `/operator`.

pub mod create;
pub mod effects;
pub mod form;
pub mod invoice;
pub mod invoice_request;
pub mod list;
pub mod materials;
pub mod offers;
pub mod originals;
pub mod payments;
pub mod printed;
pub mod production;
pub mod receipt;
pub mod renewal;
pub mod show;
pub mod submit;
pub mod unlock;
pub mod voucher;
pub mod withdraw;
pub mod written;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use tower_http::timeout::TimeoutLayer;

use crate::AppState;

/// A form, or an agent's interim answer with a request and a statement.
const JSON_BODY_BYTES: usize = 256 * 1024;
/// A preview decodes 40 million pixels at most.
const TIME: Duration = Duration::from_secs(60);
/// 10 MB over a slow line.
const UPLOAD_TIME: Duration = Duration::from_secs(10 * 60);

/// The routes that suppliers use, and those that stand under `/operator` too.
pub fn routes() -> Router<AppState> {
    let mut uploads = Router::new().route(
        "/applications/{id}/payments/{payment}/voucher",
        post(voucher::handler),
    );
    let mut others = Router::new()
        .route("/application-offers", get(offers::handler))
        .route("/application-effects", get(effects::handler))
        .route("/applications", get(list::handler).post(create::handler))
        .route("/applications/{id}/receipt", post(receipt::handler))
        .route(
            "/applications/{id}/invoice-request",
            post(invoice_request::handler),
        )
        .route("/applications/{id}/production", get(production::handler))
        .route(
            "/applications/{id}/production/written",
            post(written::handler),
        )
        .route(
            "/applications/{id}/renewal/challenge",
            post(renewal::challenge::handler),
        )
        .route(
            "/applications/{id}/renewal/prepared",
            post(renewal::prepared::handler),
        )
        .route("/applications/{id}/unlock", get(unlock::show::handler))
        .route(
            "/applications/{id}/unlock/challenge",
            post(unlock::challenge::handler),
        )
        .route(
            "/applications/{id}/unlock/prepared",
            post(unlock::prepared::handler),
        )
        .route(
            "/applications/{id}/unlock/done",
            post(unlock::done::handler),
        );
    // What a supplier does for itself the intake does at the counter, with the same checks.
    for prefix in ["", "/operator"] {
        let path = |rest: &str| format!("{prefix}/applications/{{id}}{rest}");
        uploads = uploads.route(&path("/materials"), post(materials::create::handler));
        others = others
            .route(&path(""), get(show::handler))
            .route(&path("/form"), put(form::handler))
            .route(&path("/submit"), post(submit::handler))
            .route(&path("/withdraw"), post(withdraw::handler))
            .route(&path("/forms/{form}"), get(printed::handler))
            .route(&path("/payments"), post(payments::handler))
            .route(
                &path("/materials/{material}"),
                get(materials::show::handler).delete(materials::delete::handler),
            )
            .route(
                &path("/materials/{material}/preview"),
                get(materials::preview::handler),
            );
    }
    others = others
        .route("/applications/{id}/originals", post(originals::handler))
        .route("/applications/{id}/invoice", get(invoice::handler))
        .route(
            "/operator/applications/{id}/invoice-file",
            get(invoice::handler),
        );
    uploads
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            UPLOAD_TIME,
        ))
        .merge(others.layer(DefaultBodyLimit::max(JSON_BODY_BYTES)).layer(
            TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIME),
        ))
}
