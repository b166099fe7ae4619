//! What the page asks of the agent, one endpoint a file. All are `POST` with JSON, and carry the page's token.
//!
//! | path | what |
//! |---|---|
//! | `/api/state` | the phrase, for the head of the window |
//! | `/api/request` | binds the window to an origin and its request; says how to show them |
//! | `/api/consent` | the user lets this origin do this |
//! | `/api/keys` | what is plugged in, now or at the next change |
//! | `/api/file`, `/api/file/forget` | the file that the user picked for a seal |
//! | `/api/sign` | the PIN, and the answer for the page |
//! | `/api/show` | no PIN: the picked key's certificate, for a site that only asks whether the key works there |

mod consent;
mod file;
mod keys;
mod request;
mod show;
pub mod sign;
mod state;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use contract::{ErrorCode, Problem};
use serde::Serialize;

use super::Agent;
use super::guard::PAGE_TOKEN;
use super::loads::Load;

/// Most bytes of a body that is no request and no file.
const SMALL: usize = 16 * 1024;

/// The endpoints.
pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/state", post(state::state))
        .route("/consent", post(consent::consent))
        .route("/keys", post(keys::keys))
        .route("/sign", post(sign::sign))
        .route("/show", post(show::show))
        .route("/file/forget", post(file::forget))
        .layer(DefaultBodyLimit::max(SMALL))
        .route(
            "/request",
            post(request::request).layer(DefaultBodyLimit::max(request::MAX_BODY)),
        )
        .route("/file", post(file::file).layer(DefaultBodyLimit::disable()))
}

/// An error answer: a problem, and what the window needs beside it.
#[derive(Debug, Serialize)]
pub struct Refused {
    #[serde(flatten)]
    problem: Box<Problem>,
    /// Tries that are left after a wrong PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u32>,
}

impl Refused {
    /// The code's own problem.
    pub fn of(code: ErrorCode) -> Refused {
        Refused {
            problem: Box::new(Problem::of(code)),
            tries_left: None,
        }
    }

    /// With another status.
    pub fn with_status(mut self, status: StatusCode) -> Refused {
        self.problem.status = status.as_u16();
        self
    }

    /// With the tries that are left.
    pub fn with_tries(mut self, left: Option<u32>) -> Refused {
        self.tries_left = left;
        self
    }

    /// The code's own problem; the reason goes to the log.
    pub fn because(code: ErrorCode, why: &dyn std::fmt::Display) -> Refused {
        tracing::warn!(code = code.name(), %why, "refused");
        Refused::of(code)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, contract::problem::MEDIA_TYPE)];
        (status, kind, Json(self)).into_response()
    }
}

/// The load whose token the request carries. The guard has looked already; this hands it to the endpoint.
pub struct Page(pub Arc<Load>);

impl FromRequestParts<Arc<Agent>> for Page {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, agent: &Arc<Agent>) -> Result<Page, Refused> {
        load_of(&parts.headers, agent)
            .map(Page)
            .ok_or_else(|| Refused::of(ErrorCode::OriginRefused))
    }
}

fn load_of(headers: &HeaderMap, agent: &Agent) -> Option<Arc<Load>> {
    agent
        .loads
        .find(headers.get(PAGE_TOKEN)?.to_str().ok()?, (agent.clock)())
}
