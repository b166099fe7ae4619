//! What no endpoint has to remember: a change comes from the platform's own pages or not at all.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::Method;
use axum::http::header::ORIGIN;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use contract::ErrorCode;

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Refuses requests to hosts that are no platform, and changes whose `Origin` is not the platform's own.
///
/// Browsers send `Origin` with every request that is neither GET nor HEAD; a page elsewhere can't change it.
pub async fn refuse_foreign_origins(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let tenant = match Tenant::from_request_parts(&mut parts, &state).await {
        Ok(tenant) => tenant,
        Err(problem) => return problem.into_response(),
    };
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let mut origins = parts.headers.get_all(ORIGIN).iter();
    let own = origins
        .next()
        .is_some_and(|origin| origin.as_bytes() == tenant.origin().as_bytes())
        && origins.next().is_none();
    if !reads && !own {
        return Problem::of(ErrorCode::OriginRefused).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

/// An address under `/api` that nothing answers.
pub async fn no_such_endpoint() -> Problem {
    Problem::of(ErrorCode::NotFound)
}
