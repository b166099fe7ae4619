//! `/api/v1/tickets`: 联系客服. Anybody may open a ticket, since a login is what fails most. Without a login the secret
//! that came with it opens it again; with one, the organisation does.

pub mod close;
pub mod create;
pub mod list;
pub mod pictures;
pub mod replies;
pub mod show;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, post};
use catalogue::Text;
use contract::ErrorCode;
use domain::session::SessionSecret;
use serde::Serialize;
use store::tickets::Ticket;
use store::tickets::pictures::Picture;
use store::tickets::replies::Reply;
use tower_http::timeout::TimeoutLayer;

use super::{JSON_BODY_BYTES, JSON_TIME};
use crate::applications::files::MAX_UPLOAD;
use crate::http::documents::path_id;
use crate::http::extract::{MaybeSession, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The header with a ticket's secret.
const SECRET: &str = "x-yinxin-ticket";
/// Most characters of a message or a reply.
pub const WORDS: usize = 2000;
/// Most words and pictures on one ticket.
pub const MOST_REPLIES: i64 = 200;
/// Most pictures on one ticket.
pub const MOST_PICTURES: i64 = 6;

/// The routes.
pub fn routes() -> Router<AppState> {
    let uploads = Router::new()
        .route("/tickets/{id}/pictures", post(pictures::create::handler))
        .layer(DefaultBodyLimit::disable())
        .layer(tower_http::limit::RequestBodyLimitLayer::new(
            usize::try_from(MAX_UPLOAD).unwrap_or(usize::MAX) + 1,
        ));
    Router::new()
        .route("/tickets", get(list::handler).post(create::handler))
        .route("/tickets/{id}", get(show::handler))
        .route("/tickets/{id}/replies", post(replies::create::handler))
        .route("/tickets/{id}/closing", post(close::handler))
        .route(
            "/tickets/{id}/pictures/{picture}",
            get(pictures::show::handler),
        )
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .merge(uploads)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            JSON_TIME,
        ))
}

/// A ticket that the caller may see, by its id in the address.
#[derive(Clone, Debug)]
pub struct Mine(pub Ticket);

impl FromRequestParts<AppState> for Mine {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let tenant = Tenant::from_request_parts(parts, state).await?;
        let MaybeSession(session) = MaybeSession::from_request_parts(parts, state).await?;
        let path = axum::extract::RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::of(ErrorCode::NotFound))?;
        let given = path.iter().find(|(name, _)| *name == "id");
        let id = path_id(given.map_or("", |(_, value)| value))?;
        let ticket = state.store.ticket(tenant.id(), &id).await?;
        let ticket = ticket.ok_or(ErrorCode::NotFound)?;
        let own = session.is_some_and(|session| {
            ticket.organisation.as_ref() == Some(&session.account.organisation.id)
        });
        if own {
            return Ok(Self(ticket));
        }
        let secret = parts
            .headers
            .get(SECRET)
            .and_then(|value| value.to_str().ok())
            .and_then(SessionSecret::from_cookie);
        let kept = state.store.ticket_secret(tenant.id(), &id).await?;
        match (secret, kept) {
            (Some(secret), Some(kept)) if secret.hash()[..] == kept[..] => Ok(Self(ticket)),
            // Not told from one that does not exist.
            _ => Err(ErrorCode::NotFound.into()),
        }
    }
}

/// A ticket in JSON.
#[derive(Debug, Serialize)]
pub struct TicketBody {
    id: String,
    state: String,
    resolution: Option<String>,
    route: String,
    provider: Option<ProviderName>,
    case: Option<String>,
    code: Option<String>,
    message: String,
    contact: ContactBody,
    report: String,
    agent_version: String,
    opened_at: String,
    changed_at: String,
    /// For the operator alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<Asker>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replies: Option<Vec<ReplyBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<Vec<PictureBody>>,
}

#[derive(Debug, Serialize)]
struct ProviderName {
    id: String,
    name: Option<Text>,
}

#[derive(Debug, Serialize)]
struct ContactBody {
    phone: String,
    qq: String,
    wechat: String,
}

#[derive(Debug, Serialize)]
struct Asker {
    organisation: String,
    person: String,
}

#[derive(Debug, Serialize)]
struct ReplyBody {
    /// `desk` or `asker`.
    by: &'static str,
    text: String,
    at: String,
}

#[derive(Debug, Serialize)]
struct PictureBody {
    id: String,
    name: String,
    media_type: String,
    size: i64,
}

impl TicketBody {
    /// A ticket alone, for lists.
    #[must_use]
    pub fn of(tenant: &Tenant, ticket: &Ticket) -> Self {
        Self {
            id: ticket.id.to_string(),
            state: ticket.state.clone(),
            resolution: ticket.resolution.clone(),
            route: ticket.route.clone(),
            provider: ticket.provider.as_ref().map(|id| ProviderName {
                id: id.clone(),
                name: tenant
                    .rules
                    .catalogue
                    .provider(id)
                    .map(|provider| provider.name.clone()),
            }),
            case: ticket.case.clone(),
            code: ticket.code.clone(),
            message: ticket.message.clone(),
            contact: ContactBody {
                phone: ticket.phone.clone(),
                qq: ticket.qq.clone(),
                wechat: ticket.wechat.clone(),
            },
            report: ticket.report.clone(),
            agent_version: ticket.agent_version.clone(),
            opened_at: rfc3339(ticket.opened_at),
            changed_at: rfc3339(ticket.changed_at),
            asked_by: None,
            replies: None,
            pictures: None,
        }
    }

    /// With who asks, for the desk.
    #[must_use]
    pub fn for_desk(self, ticket: &Ticket) -> Self {
        Self {
            asked_by: ticket.organisation_name.clone().map(|organisation| Asker {
                organisation,
                person: ticket.person.clone().unwrap_or_default(),
            }),
            ..self
        }
    }

    /// With words and pictures.
    #[must_use]
    pub fn whole(self, replies: &[Reply], pictures: &[Picture]) -> Self {
        let reply = |reply: &Reply| ReplyBody {
            by: if reply.by.is_some() { "desk" } else { "asker" },
            text: reply.text.clone(),
            at: rfc3339(reply.at),
        };
        let picture = |picture: &Picture| PictureBody {
            id: picture.id.to_string(),
            name: picture.name.clone(),
            media_type: picture.media_type.clone(),
            size: picture.size,
        };
        Self {
            replies: Some(replies.iter().map(reply).collect()),
            pictures: Some(pictures.iter().map(picture).collect()),
            ..self
        }
    }
}

/// What people write: no longer than [`WORDS`], without control characters but for line ends.
///
/// # Errors
/// `invalid`.
pub fn words(text: &str) -> Result<String, Problem> {
    let text = text.trim().replace("\r\n", "\n");
    let bad = text.is_empty()
        || text.chars().count() > WORDS
        || text.chars().any(|c| c.is_control() && c != '\n');
    if bad {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请填写内容，至多 2000 个字符，不能含有控制字符",
            "Write something: 2000 characters at most, no control characters",
        ));
    }
    Ok(text)
}

/// What an asker writes, without what looks like a PIN, a key or a personal number. The page shows it so beforehand.
///
/// # Errors
/// `invalid`.
pub fn askers_words(text: &str) -> Result<String, Problem> {
    Ok(doctor::redact::scrub(&words(text)?, &[]))
}

/// The ticket is over, or somebody was quicker.
pub fn over() -> Problem {
    Problem::of(ErrorCode::TicketState)
}
