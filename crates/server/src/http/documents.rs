//! `/api/v1/documents`, `/seals`, `/sealings` and `/verifications`: what their answers look like, and the routes.

pub mod create;
pub mod delete;
pub mod file;
pub mod list;
pub mod page;
pub mod placements;
pub mod report;
pub mod sealings;
pub mod show;
pub mod submit;
pub mod withdraw;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use axum::routing::{delete, get, post};
use contract::ErrorCode;
use domain::Id;
use serde::{Deserialize, Serialize};
use store::documents::Document;
use store::documents::sealings::{Place, Sealing};
use tower_http::timeout::TimeoutLayer;

use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// JSON bodies here carry at most a CMS of 256 KiB in base64.
const JSON_BODY_BYTES: usize = 512 * 1024;
/// Sealing and verifying read a whole file of up to 512 MB.
const TIME: Duration = Duration::from_secs(180);
/// An upload of 512 MB over a slow line.
const UPLOAD_TIME: Duration = Duration::from_secs(30 * 60);

/// Media types of an upload. OFD has no registered one; these two are what systems send.
const UPLOADS: [&str; 4] = [
    "application/pdf",
    "application/ofd",
    "application/vnd.ofd",
    "application/octet-stream",
];

/// Every route of documents, seals, sealings and verifications.
pub fn routes() -> Router<AppState> {
    let uploads = Router::new()
        .route("/documents", post(create::handler))
        .route("/seals/scans", post(super::seals::scans::handler))
        .route(
            "/verifications",
            post(super::verifications::create::handler),
        )
        // The body is streamed and counted by the handler.
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            UPLOAD_TIME,
        ));
    let others = Router::new()
        .route("/documents", get(list::handler))
        .route(
            "/documents/{id}",
            get(show::handler).delete(delete::handler),
        )
        .route("/documents/{id}/file", get(file::handler))
        .route("/documents/{id}/pages/{page}", get(page::handler))
        .route("/documents/{id}/report", get(report::handler))
        .route("/documents/{id}/placements", post(placements::handler))
        .route("/documents/{id}/withdrawal", post(withdraw::handler))
        .route("/documents/{id}/sealings", post(sealings::create::handler))
        .route(
            "/documents/{id}/sealings/{sealing}",
            delete(sealings::undo::handler),
        )
        .route("/documents/{id}/submission", post(submit::handler))
        .route(
            "/sealings/{id}/completion",
            post(super::sealings::complete::handler),
        )
        .merge(super::seals::routes())
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIME,
        ));
    uploads.merge(others)
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct PageOf<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: i64,
}

/// A page of a document as displayed, turned as it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageBody {
    /// From 1.
    pub number: u32,
    /// Width as displayed, in points.
    pub width_pt: f64,
    /// Height as displayed, in points.
    pub height_pt: f64,
    /// Clockwise turn that the file asks for; the sizes above have it already.
    pub rotation: u16,
}

/// A document in a list.
#[derive(Debug, Serialize)]
pub struct SummaryBody {
    id: String,
    name: String,
    /// `pdf` or `ofd`.
    format: String,
    size: i64,
    pages: i64,
    state: String,
    created_at: String,
    published_at: Option<String>,
}

/// A document with its pages and seals.
#[derive(Debug, Serialize)]
pub struct DetailBody {
    id: String,
    name: String,
    /// `pdf` or `ofd`.
    format: String,
    size: i64,
    sha256: String,
    state: String,
    created_at: String,
    published_at: Option<String>,
    pages: Vec<PageBody>,
    sealings: Vec<SealingBody>,
}

#[derive(Debug, Serialize)]
struct SealingBody {
    id: String,
    page: i64,
    x_mm: f64,
    y_mm: f64,
    /// Every place of every seal that this signature put on.
    places: Vec<PlaceBody>,
    /// Nothing may be put on the document after it.
    certified: bool,
    note: Option<String>,
    seal: SealBody,
    key_number: Option<String>,
    grade: Option<String>,
    signed_at: Option<String>,
}

/// A seal, or a strip of one, on a page as displayed: millimetres from its top left corner.
#[derive(Debug, Serialize)]
pub struct PlaceBody {
    seal_id: String,
    page: u32,
    x_mm: f64,
    y_mm: f64,
    width_mm: f64,
    height_mm: f64,
    /// Which share of the whole picture is seen; absent where it is all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<ClipBody>,
}

/// Shares of the picture's width and height, from its top left corner.
#[derive(Debug, Serialize)]
struct ClipBody {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

impl PlaceBody {
    /// A place as it is kept.
    #[must_use]
    pub fn of(place: &Place) -> Self {
        // Micrometres below a metre are exact in a double.
        let [x_mm, y_mm, width_mm, height_mm] = place.um.map(|um| um as f64 / 1000.0);
        Self {
            seal_id: place.seal.clone(),
            page: place.page,
            x_mm,
            y_mm,
            width_mm,
            height_mm,
            clip: place.clip.map(|[x, y, w, h]| ClipBody { x, y, w, h }),
        }
    }
}

#[derive(Debug, Serialize)]
struct SealBody {
    id: String,
    name: String,
}

impl SummaryBody {
    /// A document's row.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self {
            id: document.id.to_string(),
            name: document.name.clone(),
            format: document.format.clone(),
            size: document.size,
            pages: document.page_count,
            state: document.state.clone(),
            created_at: rfc3339(document.created_at),
            published_at: document.published_at.map(rfc3339),
        }
    }
}

impl DetailBody {
    /// A document's row with its completed sealings.
    #[must_use]
    pub fn of(document: &Document, sealings: &[Sealing]) -> Self {
        Self {
            id: document.id.to_string(),
            name: document.name.clone(),
            format: document.format.clone(),
            size: document.size,
            sha256: document.sha256.clone(),
            state: document.state.clone(),
            created_at: rfc3339(document.created_at),
            published_at: document.published_at.map(rfc3339),
            pages: serde_json::from_str(&document.pages).unwrap_or_default(),
            sealings: sealings.iter().map(SealingBody::of).collect(),
        }
    }
}

impl SealingBody {
    fn of(sealing: &Sealing) -> Self {
        // Micrometres below a metre are exact in a double.
        let millimetres = |um: i64| um as f64 / 1000.0;
        Self {
            id: sealing.id.to_string(),
            page: sealing.page,
            x_mm: millimetres(sealing.x_um),
            y_mm: millimetres(sealing.y_um),
            places: sealing.places.iter().map(PlaceBody::of).collect(),
            certified: sealing.last,
            note: sealing.note.clone(),
            seal: SealBody {
                id: sealing.seal.to_string(),
                name: sealing.seal_name.clone(),
            },
            key_number: sealing.key_number.clone(),
            grade: sealing.grade.clone(),
            signed_at: sealing.completed_at.map(rfc3339),
        }
    }
}

/// An id in a path; anything else is simply not there.
///
/// # Errors
/// `not_found`.
pub fn path_id(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::of(ErrorCode::NotFound))
}

/// One of the organisation's documents.
///
/// # Errors
/// `not_found`, also for a document of another organisation.
pub async fn find(
    state: &AppState,
    tenant: &Tenant,
    organisation: &Id,
    id: &str,
) -> Result<Document, Problem> {
    let found = state
        .store
        .document(tenant.id(), organisation, &path_id(id)?)
        .await?;
    found.ok_or_else(|| Problem::of(ErrorCode::NotFound))
}

/// A document's answer with its seals.
///
/// # Errors
/// Those of the store.
pub async fn detail(
    state: &AppState,
    tenant: &Tenant,
    document: &Document,
) -> Result<DetailBody, Problem> {
    let sealings = state.store.sealings_of(tenant.id(), &document.id).await?;
    Ok(DetailBody::of(document, &sealings))
}

/// Uploads are PDF, OFD or plain bytes; a form or text could come from a page elsewhere without a preflight. What a
/// file is, its content says ([`crate::formats`]).
///
/// # Errors
/// `request_malformed` with 415.
pub fn check_upload_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if UPLOADS
        .iter()
        .any(|kind| essence.eq_ignore_ascii_case(kind))
    {
        return Ok(());
    }
    Err(Problem::of(ErrorCode::RequestMalformed)
        .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        .with_detail(
            "上传内容须为 application/pdf 或 application/ofd",
            "An upload must be application/pdf or application/ofd",
        ))
}
