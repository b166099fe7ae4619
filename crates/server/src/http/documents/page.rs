//! `GET /api/v1/documents/{id}/pages/{n}.png?width=`: a page as a picture.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use contract::ErrorCode;
use render::{Document, PageError};
use serde::Deserialize;

use crate::http::documents::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// A picture takes milliseconds as a rule; longer than this is given up on.
const TIME: Duration = Duration::from_secs(20);
const USUAL_WIDTH: u32 = 900;

/// What the address says. Pages add a `revision`, so that a browser keeps no picture of an older one.
#[derive(Deserialize)]
pub struct Parameters {
    width: Option<u32>,
}

/// The picture, seals included.
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
    let mapped = state.files.map(&document.object, document.size).await?;

    // The permit goes with the work: a page that never ends keeps its place and no more than that.
    let busy = || Problem::of(ErrorCode::Busy).retry_after(2);
    let waiting = tokio::time::timeout(TIME, state.workshop.pictures.clone().acquire_owned());
    let permit = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
    let (font, width) = (
        state.workshop.font.clone(),
        parameters.width.unwrap_or(USUAL_WIDTH),
    );
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        Document::open(mapped)?.png(number, width, font.as_ref())
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
    Ok((
        [
            (CONTENT_TYPE, "image/png"),
            (CACHE_CONTROL, "private, max-age=600"),
        ],
        png,
    ))
}
