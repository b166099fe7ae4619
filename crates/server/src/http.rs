//! The router: every URL with the file that answers it.

mod account;
mod accounts;
pub mod applications;
mod binding_challenges;
mod binding_proofs;
mod bindings;
mod ca;
pub mod challenges;
pub mod deadlines;
mod departments;
mod doctor;
pub mod documents;
mod downloads;
pub mod extract;
pub mod forced_unbindings;
pub mod guard;
pub mod headers;
pub mod json;
pub mod pages;
pub mod papers;
pub mod presented;
pub mod time;

mod healthz;
mod invitations;
pub mod key_checks;
mod key_enquiries;
mod logins;
mod notices;
mod operator;
mod organisation;
mod organisations;
pub mod payments;
pub mod permissions;
mod phone_codes;
mod platform;
pub mod progress;
mod regions;
pub mod sealings;
pub mod seals;
mod session;
mod sessions;
mod tasks;
mod tickets;
pub mod verifications;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{delete, get, post, put};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::AppState;

/// A JSON body may have this many bytes: a login token with a certificate of 64 KiB in base64 fits.
const JSON_BODY_BYTES: usize = 128 * 1024;
/// A JSON endpoint answers within this time or not at all; fetching a revocation list is the longest part.
const JSON_TIME: Duration = Duration::from_secs(30);
/// A paper of 10 MB over a slow line.
const UPLOAD_TIME: Duration = Duration::from_secs(10 * 60);
/// Requests that are worked on at once; further ones wait their turn.
const CONCURRENCY: usize = 256;

/// All endpoints, their limits, and the pages.
pub fn router(state: AppState) -> Router {
    let api = Router::new()
        .merge(accounts())
        .merge(uploads())
        .merge(documents::routes())
        .merge(applications::routes())
        .merge(downloads::routes())
        .merge(operator::routes())
        .merge(progress::routes())
        .merge(doctor::routes())
        .merge(tickets::routes())
        .fallback(guard::no_such_endpoint)
        // The API alone: a login that fetches this server's own revocation list must not wait for itself.
        .layer(GlobalConcurrencyLimitLayer::new(CONCURRENCY))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            guard::refuse_foreign_origins,
        ))
        // A gateway is no page: it has no origin, and its MAC is checked instead.
        .merge(payments::routes());

    Router::new()
        .route("/healthz", get(healthz::show::handler))
        .nest("/ca", ca::routes())
        .nest("/api/v1", api)
        .fallback(pages::handler)
        .layer(middleware::from_fn(headers::secure))
        .layer(TraceLayer::new_for_http())
        .with_state(state)
}

/// Accounts, sessions and bindings.
fn accounts() -> Router<AppState> {
    Router::new()
        .route("/platform", get(platform::show::handler))
        .route("/organisations", post(organisations::create::handler))
        .route(
            "/session",
            get(session::show::handler).delete(session::end::handler),
        )
        .route("/sessions/password", post(sessions::password::handler))
        .route(
            "/sessions/certificate",
            post(sessions::certificate::handler),
        )
        .route("/logins", post(logins::create::handler))
        .route("/sessions/phone", post(sessions::phone::handler))
        .route("/phone-codes", post(phone_codes::create::handler))
        .route("/invitations", post(invitations::create::handler))
        .route(
            "/accounts",
            get(accounts::list::handler).post(accounts::create::handler),
        )
        .route(
            "/accounts/{id}",
            get(accounts::show::handler).put(accounts::update::handler),
        )
        .route("/accounts/{id}/leave", post(accounts::leave::handler))
        .route(
            "/accounts/{id}/administrator",
            post(accounts::administrator::handler),
        )
        .route(
            "/accounts/{id}/invitation",
            post(accounts::invitation::handler),
        )
        .route("/account/password", put(account::password::handler))
        .route("/account/phone", put(account::phone::handler))
        .route("/account/recovery", post(account::recovery::handler))
        .route(
            "/account/preferences",
            get(account::preferences::show).put(account::preferences::set),
        )
        .route(
            "/account/sessions",
            get(account::sessions::list).delete(account::sessions::end_others),
        )
        .route("/account/sessions/{id}", delete(account::sessions::end))
        .route(
            "/departments",
            get(departments::list::handler).post(departments::create::handler),
        )
        .route(
            "/departments/{id}",
            put(departments::update::handler).delete(departments::delete::handler),
        )
        .route(
            "/binding-challenges",
            post(binding_challenges::create::handler),
        )
        .route("/binding-proofs", post(binding_proofs::create::handler))
        .route(
            "/bindings",
            get(bindings::list::handler).post(bindings::create::handler),
        )
        .route(
            "/bindings/{id}",
            get(bindings::show::handler).delete(bindings::end::handler),
        )
        .route("/bindings/{id}/history", get(bindings::history::handler))
        .route("/session/region", post(session::region::handler))
        .route("/organisation", get(organisation::show::handler))
        .route(
            "/organisation/requests",
            get(organisation::requests::list::handler)
                .post(organisation::requests::create::handler),
        )
        .route(
            "/organisation/requests/{id}",
            get(organisation::requests::show::handler).put(organisation::requests::edit::handler),
        )
        .route(
            "/organisation/requests/{id}/submit",
            post(organisation::requests::submit::handler),
        )
        .route(
            "/organisation/requests/{id}/withdraw",
            post(organisation::requests::withdraw::handler),
        )
        .route(
            "/organisation/requests/{id}/materials/{material}",
            get(organisation::requests::materials::show)
                .delete(organisation::requests::materials::delete),
        )
        .route("/regions", get(regions::list::handler))
        .route("/regions/{code}", get(regions::show::handler))
        .route("/tasks", get(tasks::list::handler))
        .route("/warnings", get(tasks::warnings::handler))
        .route(
            "/sessions/second-factor",
            post(sessions::second_factor::totp),
        )
        .route(
            "/sessions/second-factor/challenge",
            post(sessions::second_factor::challenge),
        )
        .route(
            "/sessions/second-factor/certificate",
            post(sessions::second_factor::certificate),
        )
        .route(
            "/forced-unbindings",
            get(forced_unbindings::list::handler).post(forced_unbindings::create::handler),
        )
        .route(
            "/forced-unbindings/{id}",
            get(forced_unbindings::show::handler),
        )
        .route(
            "/forced-unbindings/{id}/submit",
            post(forced_unbindings::submit::handler),
        )
        .route(
            "/forced-unbindings/{id}/withdraw",
            post(forced_unbindings::withdraw::handler),
        )
        .route(
            "/forced-unbindings/{id}/object",
            post(forced_unbindings::object::handler),
        )
        .route(
            "/forced-unbindings/{id}/materials/{material}",
            get(forced_unbindings::materials::show).delete(forced_unbindings::materials::delete),
        )
        .route("/key-checks", post(key_checks::create::handler))
        .route(
            "/key-enquiries",
            get(key_enquiries::list::handler).post(key_enquiries::create::handler),
        )
        .route(
            "/deadlines",
            get(deadlines::list::handler).post(deadlines::create::handler),
        )
        .route("/deadlines/{id}", delete(deadlines::end::handler))
        .route("/notices", get(notices::list::handler))
        .route("/notices/read", post(notices::read::handler))
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            JSON_TIME,
        ))
}

/// Papers; the body is streamed and counted by the handler.
fn uploads() -> Router<AppState> {
    Router::new()
        .route(
            "/forced-unbindings/{id}/materials",
            post(forced_unbindings::materials::create),
        )
        .route(
            "/organisation/requests/{id}/materials",
            post(organisation::requests::materials::create),
        )
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            UPLOAD_TIME,
        ))
}
