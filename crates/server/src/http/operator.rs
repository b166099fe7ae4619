//! `/api/v1/operator`: what 平台运营 does. Every handler here takes [`super::extract::Operator`].

pub mod anchors;
pub mod applications;
pub mod bindings;
pub mod enquiries;
pub mod forced_unbindings;
pub mod operators;
pub mod organisation_requests;
pub mod organisations;
pub mod packages;
pub mod payments;
pub mod productions;
pub mod regions;
pub mod seal_applications;
pub mod second_factor;
mod table;
pub mod tickets;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use tower_http::timeout::TimeoutLayer;

use crate::AppState;
use crate::packages::signature::MAX_SIGNATURE;

/// An upload of 512 MB over a slow line.
const UPLOAD_TIME: Duration = Duration::from_secs(30 * 60);
/// Verifying a signature reads a whole file of up to 512 MB.
const TIME: Duration = Duration::from_secs(120);

/// The operator's routes.
pub fn routes() -> Router<AppState> {
    let uploads = Router::new()
        .route("/operator/packages", post(packages::create::handler))
        // The body is streamed and counted by the handler.
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            UPLOAD_TIME,
        ));
    let others = Router::new()
        .route("/operator/packages", get(packages::list::handler))
        .route(
            "/operator/packages/{id}",
            delete(packages::withdraw::handler),
        )
        .route(
            "/operator/packages/{id}/signature",
            put(packages::sign::handler),
        )
        .route(
            "/operator/packages/{id}/publication",
            post(packages::publish::handler),
        )
        .route(
            "/operator/anchors",
            get(anchors::list::handler).post(anchors::create::handler),
        )
        .route("/operator/anchors/{id}", delete(anchors::remove::handler))
        .route("/operator/enquiries", get(enquiries::list::handler))
        .route(
            "/operator/enquiries/{id}/answer",
            post(enquiries::answer::handler),
        )
        .route("/operator/organisations", get(organisations::list::handler))
        .route(
            "/operator/organisations/{id}",
            get(organisations::show::handler),
        )
        .route(
            "/operator/organisation-requests",
            get(organisation_requests::list::handler),
        )
        .route(
            "/operator/organisation-requests/{id}",
            get(organisation_requests::show::handler),
        )
        .route(
            "/operator/organisation-requests/{id}/review",
            post(organisation_requests::review::handler),
        )
        .route(
            "/operator/organisation-requests/{id}/materials/{material}",
            get(organisation_requests::material::handler),
        )
        .route("/operator/regions/{code}", put(regions::update::handler))
        .route(
            "/operator/operators",
            get(operators::list::handler).post(operators::create::handler),
        )
        .route("/operator/operators/{id}", put(operators::update::handler))
        .route("/operator/second-factor/totp", post(second_factor::begin))
        .route(
            "/operator/second-factor/totp/confirm",
            post(second_factor::confirm),
        )
        .route("/operator/second-factor/keys", post(second_factor::add_key))
        .route("/operator/bindings", get(bindings::list::handler))
        .route("/operator/bindings.csv", get(bindings::export::handler))
        .route(
            "/operator/forced-unbindings",
            get(forced_unbindings::list::handler),
        )
        .route(
            "/operator/forced-unbindings/{id}",
            get(forced_unbindings::show::handler),
        )
        .route(
            "/operator/forced-unbindings/{id}/materials/{material}",
            get(forced_unbindings::material::handler),
        )
        .route(
            "/operator/forced-unbindings/{id}/approve",
            post(forced_unbindings::approve::handler),
        )
        .route(
            "/operator/forced-unbindings/{id}/reject",
            post(forced_unbindings::reject::handler),
        )
        .merge(seal_applications::routes())
        .layer(DefaultBodyLimit::max(MAX_SIGNATURE * 2))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIME,
        ));
    uploads
        .merge(others)
        .merge(applications::routes())
        .merge(tickets::routes())
}
