//! `/api/v1/operator/tickets`: the desk's queue, its answers, and what fails most.

pub mod canned;
pub mod close;
pub mod list;
pub mod picture;
pub mod reply;
pub mod show;
pub mod statistics;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use contract::ErrorCode;
use store::tickets::Ticket;
use tower_http::timeout::TimeoutLayer;

use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::http::{JSON_BODY_BYTES, JSON_TIME};
use crate::{AppState, Problem};

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/operator/tickets", get(list::handler))
        .route("/operator/tickets/statistics", get(statistics::handler))
        .route("/operator/tickets/{id}", get(show::handler))
        .route("/operator/tickets/{id}/replies", post(reply::handler))
        .route("/operator/tickets/{id}/closing", post(close::handler))
        .route(
            "/operator/tickets/{id}/pictures/{picture}",
            get(picture::handler),
        )
        .route(
            "/operator/canned-answers",
            get(canned::list).post(canned::create),
        )
        .route("/operator/canned-answers/{id}", delete(canned::end))
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            JSON_TIME,
        ))
}

/// A ticket of the platform.
///
/// # Errors
/// `not_found`.
pub async fn find(state: &AppState, tenant: &Tenant, id: &str) -> Result<Ticket, Problem> {
    let ticket = state.store.ticket(tenant.id(), &path_id(id)?).await?;
    ticket.ok_or_else(|| ErrorCode::NotFound.into())
}
