//! What the pages ask of the agent, one endpoint a file. All are `POST` with JSON, and carry the page's token.
//!
//! Both pages:
//!
//! | path | what |
//! |---|---|
//! | `/api/state` | the phrase, for the head of the window |
//! | `/api/keys` | what is plugged in, now or at the next change |
//!
//! The popup alone:
//!
//! | path | what |
//! |---|---|
//! | `/api/request` | binds the window to an origin and its request; says how to show them |
//! | `/api/consent` | the user lets this origin do this |
//! | `/api/file`, `/api/file/forget` | the file that the user picked for a seal |
//! | `/api/sign` | the PIN, and the answer for the page |
//! | `/api/show` | no PIN: the picked key's certificate, for a site that only asks whether the key works there |
//! | `/api/diagnosis/look`, `/api/diagnosis` | what is wrong on this computer, redacted, for the user to read; and what a site then gets |
//! | `/api/write/…` | a conversation that writes to a token, step by step: see [`write`] |
//!
//! The agent's own page alone:
//!
//! | path | what |
//! |---|---|
//! | `/api/care/keys` | the keys with all that is known of them, now or at the next change |
//! | `/api/care/check-pin`, `/change-pin`, `/unblock`, `/label` | the care of a key |
//! | `/api/consents`, `/revoke`, `/restore` | what sites may do; taking it back; undoing that |
//! | `/api/sites/enable`, `/disable` | sites that may ask for seals or writes |
//! | `/api/history`, `/export`, `/check` | what was signed; as a file; whether a file carries it |
//! | `/api/settings`, `/change` | the settings |
//! | `/api/sof`, `/switch`, `/allow`, `/revoke` | the interface for pages of vendors' clients |
//! | `/api/doctor`, `/deed` | what is wrong on this computer, a line at a time; what the agent mends by itself |
//! | `/api/report` | what a support desk wants to know, without what is nobody's business |

mod care;
mod consent;
mod consents;
mod diagnosis;
mod doctor;
mod file;
mod history;
mod keys;
mod report;
mod request;
mod secret;
mod settings;
mod show;
pub mod sign;
mod sites;
mod sof;
mod state;
mod write;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use contract::{ErrorCode, Problem};
use serde::Serialize;

use super::Agent;
use super::guard::PAGE_TOKEN;
use super::loads::{Kind, Load};
use crate::pin_rule::Broken;

/// Most bytes of a body that is no request and no file.
const SMALL: usize = 16 * 1024;

/// The endpoints.
pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/state", post(state::state))
        .route("/consent", post(consent::consent))
        .route("/keys", post(keys::keys))
        .route("/sign", post(sign::sign).layer(map_response(secret::close)))
        .route("/show", post(show::show))
        .route("/diagnosis/look", post(diagnosis::look))
        .route("/diagnosis", post(diagnosis::answer))
        .route("/file/forget", post(file::forget))
        .nest("/care", care::routes())
        .nest("/write", write::routes())
        .nest("/consents", consents::routes())
        .nest("/sites", sites::routes())
        .nest("/settings", settings::routes())
        .nest("/sof", sof::routes())
        .nest("/history", history::routes())
        .route("/doctor", post(doctor::examine))
        .route("/doctor/deed", post(doctor::deed))
        .route("/report", post(report::report))
        .layer(DefaultBodyLimit::max(SMALL))
        .route(
            "/write/message",
            post(write::message::message).layer(DefaultBodyLimit::max(write::message::MAX_BODY)),
        )
        .route(
            "/request",
            post(request::request).layer(DefaultBodyLimit::max(request::MAX_BODY)),
        )
        .route("/file", post(file::file).layer(DefaultBodyLimit::disable()))
        .route(
            "/history/check",
            post(history::check::check).layer(DefaultBodyLimit::disable()),
        )
}

/// An error answer: a problem, and what the window needs beside it.
#[derive(Debug, Serialize)]
pub struct Refused {
    #[serde(flatten)]
    problem: Box<Problem>,
    /// Tries that are left after a wrong PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u32>,
    /// Rules that a new PIN breaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    broken: Vec<Broken>,
}

impl Refused {
    /// The code's own problem.
    pub fn of(code: ErrorCode) -> Refused {
        Refused {
            problem: Box::new(Problem::of(code)),
            tries_left: None,
            broken: Vec::new(),
        }
    }

    /// With another status.
    pub fn with_status(mut self, status: StatusCode) -> Refused {
        self.problem.status = status.as_u16();
        self
    }

    /// Says more exactly what happened.
    fn with_detail(self, zh: impl Into<String>, en: impl Into<String>) -> Refused {
        Refused {
            problem: Box::new(self.problem.with_detail(zh, en)),
            tries_left: self.tries_left,
            broken: self.broken,
        }
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

/// A load of either page. The guard has looked already; an endpoint that names this says that both may ask.
pub struct Page;

impl FromRequestParts<Arc<Agent>> for Page {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, agent: &Arc<Agent>) -> Result<Page, Refused> {
        load_of(&parts.headers, agent)
            .map(|_| Page)
            .ok_or_else(|| Refused::of(ErrorCode::OriginRefused))
    }
}

/// A load of the popup, for what only the popup may ask.
pub struct Window(pub Arc<Load>);

impl FromRequestParts<Arc<Agent>> for Window {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, agent: &Arc<Agent>) -> Result<Window, Refused> {
        of_kind(parts, agent, Kind::Popup).map(Window)
    }
}

/// A load of the agent's own page, for what only that may ask.
pub struct Home(pub Arc<Load>);

impl FromRequestParts<Arc<Agent>> for Home {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, agent: &Arc<Agent>) -> Result<Home, Refused> {
        of_kind(parts, agent, Kind::Home).map(Home)
    }
}

fn of_kind(parts: &Parts, agent: &Agent, kind: Kind) -> Result<Arc<Load>, Refused> {
    load_of(&parts.headers, agent)
        .filter(|load| load.kind == kind)
        .ok_or_else(|| Refused::because(ErrorCode::OriginRefused, &"asked by the other page"))
}

fn load_of(headers: &HeaderMap, agent: &Agent) -> Option<Arc<Load>> {
    agent
        .loads
        .find(headers.get(PAGE_TOKEN)?.to_str().ok()?, (agent.clock)())
}
