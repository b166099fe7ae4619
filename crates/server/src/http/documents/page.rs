//! `GET /api/v1/documents/{id}/pages/{n}.png?width=`: a page as a picture. `thumbnail` asks for a small one;
//! `as_of=K` for the page as it was when the K-th revision was signed, beside which it can be seen as it is now.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use contract::ErrorCode;
use render::PageError;
use seal::pdf::document::Document;
use seal::pdf::source::Source;
use serde::Deserialize;

use crate::files::Mapped;
use crate::formats::Format;
use crate::http::documents::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::pictures::{Page, Wanted};
use crate::{AppState, Problem};

/// A picture takes milliseconds as a rule; longer than this is given up on.
const TIME: Duration = Duration::from_secs(20);
const USUAL_WIDTH: u32 = 900;
const THUMBNAIL_WIDTH: u32 = 160;

/// What the address says. Pages add a `revision`, so that a browser keeps no picture of an older one.
#[derive(Deserialize)]
pub struct Parameters {
    width: Option<u32>,
    thumbnail: Option<String>,
    as_of: Option<u32>,
}

/// The picture, seals included. A kept one is answered without a turn; one that nobody waits for any more gives up
/// its place in the queue, as the request that waits is dropped with its connection.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path((id, page)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Result<impl IntoResponse, Problem> {
    let number = page
        .strip_suffix(".png")
        .and_then(|number| number.parse::<u32>().ok());
    let number = number.ok_or_else(|| Problem::of(ErrorCode::NotFound))?;
    let document = find(&state, &tenant, &session.account.organisation.id, &id).await?;
    let usual = match parameters.thumbnail {
        Some(_) => THUMBNAIL_WIDTH,
        None => USUAL_WIDTH,
    };
    let mut wanted = Wanted {
        object: document.object.clone(),
        length: None,
        page: number,
        width: parameters
            .width
            .unwrap_or(usual)
            .clamp(16, render::MAX_WIDTH),
    };
    if parameters.as_of.is_none()
        && let Some(png) = state.workshop.drawn.kept(&wanted)
    {
        return Ok(answer(&png));
    }
    let file = state.files.map(&document.object, document.size).await?;

    // The permit goes with the work: a page that never ends keeps its place and no more than that.
    let busy = || Problem::of(ErrorCode::Busy).retry_after(2);
    let waiting = tokio::time::timeout(TIME, state.workshop.pictures.clone().acquire_owned());
    let permit = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
    let workshop = state.workshop.clone();
    let format = Format::named(&document.format);
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        if let Some(revision) = parameters.as_of {
            wanted.length = Some(end_of(&file, format, revision).ok_or(PageError::NoSuchPage)?);
        }
        let page = Page {
            wanted,
            format,
            file,
        };
        workshop.drawn.draw(&page, workshop.font.as_ref())
    });
    let png = tokio::time::timeout(TIME, work)
        .await
        .map_err(|_| busy())?
        // The renderer gave up on a file that it could not stand.
        .map_err(|_| Problem::of(ErrorCode::PdfRefused))?
        .map_err(|error| match error {
            PageError::NoSuchPage => Problem::of(ErrorCode::NotFound),
            other => {
                Problem::of(ErrorCode::PdfRefused).with_detail("该页无法显示", other.to_string())
            }
        })?;
    Ok(answer(&png))
}

fn answer(png: &[u8]) -> impl IntoResponse + use<> {
    (
        [
            (CONTENT_TYPE, "image/png"),
            (CACHE_CONTROL, "private, max-age=600"),
        ],
        Bytes::copy_from_slice(png),
    )
}

/// Where a revision ends, counted from 1 as in the report. An OFD has no revisions that could be looked at: each
/// signature writes its directory anew.
fn end_of(file: &Mapped, format: Format, revision: u32) -> Option<u64> {
    if format == Format::Ofd {
        return None;
    }
    let document = Document::open(Source::whole(file.as_ref())).ok()?;
    let index = usize::try_from(revision).ok()?.checked_sub(1)?;
    document.revisions().get(index).map(|revision| revision.end)
}
