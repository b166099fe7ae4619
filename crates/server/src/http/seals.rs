//! `/api/v1/seals`: the seals of an organisation (印章管理). Its first ones are drawn when they are first asked for, and
//! kept as drawn; others are applied for, reviewed, made and put in force.

pub mod applications;
pub mod drawings;
pub mod handwritten;
pub mod holders;
pub mod list;
pub mod picture;
pub mod registry;
pub mod scans;
pub mod step;
pub mod use_requests;
pub mod uses;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};

use contract::ErrorCode;
use domain::seal::{State, keeps_seals};
use render::{SealDrawing, SealLayoutError, SealSize, SealText};
use store::accounts::{Account, Organisation};
use store::seals::uses::Barred;
use store::seals::{self, Seal};
use store::{Deed, StoreError, Tx};

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The seals that every organisation has from the start: kind, name, and the title under the star.
const FIRST: [(&str, &str, Option<&str>); 2] = [
    ("official", "公章", None),
    ("contract", "合同专用章", Some("合同专用章")),
];

/// All seals of the organisation, whatever their state; the first ones are drawn when there never were any.
///
/// # Errors
/// A name that cannot stand on a seal, or a server without a CJK font.
pub async fn of(
    state: &AppState,
    tenant: &Tenant,
    organisation: &Organisation,
) -> Result<Vec<Seal>, Problem> {
    let present = state.store.seals(tenant.id(), &organisation.id).await?;
    if present.iter().any(|seal| seal.owner.is_none()) {
        return Ok(present);
    }
    let font = state.workshop.font.clone().ok_or_else(no_font)?;
    let name = organisation.name.clone();
    let drawn = tokio::task::spawn_blocking(move || {
        FIRST.map(|(_, _, title)| {
            render::draw(
                SealText {
                    organisation: &name,
                    title,
                },
                SealSize::of(&name),
                &font,
            )
        })
    })
    .await
    .map_err(|_| Problem::of(ErrorCode::Internal))?;
    let mut seals = Vec::new();
    for ((kind, name, _), drawing) in FIRST.into_iter().zip(drawn) {
        let drawing = drawing.map_err(refusal)?;
        seals.push(Seal {
            id: state.new_id(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            width_mm: drawing.width_mm.round() as i64,
            height_mm: drawing.height_mm.round() as i64,
            picture: drawing.to_json(),
            state: State::Enabled,
            version: 1,
            needs_approval: false,
            owner: None,
            application: None,
            created_at: state.now(),
        });
    }
    let deed = SetUp {
        platform: tenant.id(),
        organisation,
        seals: &seals,
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(state.store.seals(tenant.id(), &organisation.id).await?)
}

/// A kept seal's drawing.
///
/// # Errors
/// `internal` where the row holds anything but a drawing of ours.
pub fn drawing(seal: &Seal) -> Result<SealDrawing, Problem> {
    SealDrawing::from_json(&seal.picture).ok_or_else(|| {
        tracing::error!(seal = %seal.id, "the seal's picture in the database is no drawing");
        Problem::of(ErrorCode::Internal)
    })
}

/// The routes beside uploads.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/seals", get(list::handler))
        .route("/seals/registry", get(registry::handler))
        .route("/seals/drawings/preview", post(drawings::handler))
        .route("/seals/handwritten", post(handwritten::handler))
        .route(
            "/seals/applications",
            get(applications::list::handler).post(applications::create::handler),
        )
        .route(
            "/seals/applications/{id}/picture.svg",
            get(applications::picture::handler),
        )
        .route(
            "/seals/applications/{id}/withdraw",
            post(applications::withdraw::handler),
        )
        .route("/seals/use-requests", get(use_requests::list::handler))
        .route(
            "/seals/use-requests/{id}/decision",
            post(use_requests::decide::handler),
        )
        .route(
            "/seals/use-requests/{id}/withdraw",
            post(use_requests::withdraw::handler),
        )
        .route("/seals/{id}/picture.svg", get(picture::handler))
        .route("/seals/{id}/enable", post(step::enable))
        .route("/seals/{id}/disable", post(step::disable))
        .route("/seals/{id}/revoke", post(step::revoke))
        .route("/seals/{id}/holders", put(holders::handler))
        .route("/seals/{id}/uses", get(uses::handler))
        .route(
            "/seals/{id}/use-requests",
            post(use_requests::create::handler),
        )
}

/// A kept drawing as SVG. Whoever has the address looked at it a moment ago: it never changes.
///
/// # Errors
/// `internal` where the row holds no drawing.
pub fn svg(picture: &str) -> Result<Response, Problem> {
    let drawing = SealDrawing::from_json(picture).ok_or_else(|| {
        tracing::error!("a seal's picture in the database is no drawing");
        Problem::of(ErrorCode::Internal)
    })?;
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, drawing.svg()).into_response())
}

/// What an account that may not use a seal is told.
#[must_use]
pub const fn barred(why: Barred) -> ErrorCode {
    match why {
        Barred::Unknown => ErrorCode::NotFound,
        Barred::NotInForce => ErrorCode::SealState,
        Barred::NotAHolder => ErrorCode::Forbidden,
        Barred::NotApproved => ErrorCode::SealNeedsApproval,
    }
}

/// Whether an account may see a seal of its organisation: a person's handwriting is shown to that person and to those
/// who keep the seals.
#[must_use]
pub fn shown_to(seal: &Seal, account: &Account) -> bool {
    let others = seal
        .owner
        .as_ref()
        .is_some_and(|owner| *owner != account.id);
    !others || keeps_seals(&account.role)
}

/// Where a seal's picture is.
#[must_use]
pub fn picture_url(seal: &domain::Id) -> String {
    format!("/api/v1/seals/{seal}/picture.svg")
}

fn no_font() -> Problem {
    Problem::of(ErrorCode::Internal).with_detail(
        "服务器没有中文字体，无法制作印章图样，请联系平台",
        "The server has no Chinese font and can draw no seal; tell the platform",
    )
}

fn refusal(error: SealLayoutError) -> Problem {
    let zh = match &error {
        SealLayoutError::NameLength { chars } => format!("单位名称有 {chars} 个字，无法排入印章"),
        SealLayoutError::TitleLength { chars } => format!("印章名称有 {chars} 个字，无法排入印章"),
        SealLayoutError::Size => {
            "印章边长须为 10–60 毫米，边框宽 0.3–3 毫米；圆章长宽一致，星只用于圆章".to_owned()
        }
        SealLayoutError::Code => "印章编码须为 13 位数字".to_owned(),
        SealLayoutError::MissingGlyph { character } => format!("印章字体中没有“{character}”字"),
    };
    Problem::of(ErrorCode::Invalid).with_detail(zh, error.to_string())
}

struct SetUp<'a> {
    platform: &'a str,
    organisation: &'a Organisation,
    seals: &'a [Seal],
}

impl Deed for SetUp<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let organisation = &self.organisation.id;
        seals::set_up(tx.connection(), self.platform, organisation, self.seals).await?;
        Ok(Ok(()))
    }
}
