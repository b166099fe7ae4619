//! `GET …/materials/{mid}/preview`: a PNG of at most 1200 pixels, a PDF's first page or the picture encoded anew.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use contract::ErrorCode;
use render::{Document, PictureKind};

use super::find;
use crate::applications::Caller;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

const SIDE: u32 = 1200;
/// A picture takes milliseconds as a rule; longer than this is given up on.
const TIME: Duration = Duration::from_secs(20);

/// The preview.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path((id, material)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let material = find(&state, &tenant, &application, &material).await?;
    let mapped = state.files.map(&material.object, material.size).await?;
    let busy = || Problem::of(ErrorCode::Busy).retry_after(2);
    let waiting = tokio::time::timeout(TIME, state.workshop.pictures.clone().acquire_owned());
    let permit = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
    let font = state.workshop.font.clone();
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        match PictureKind::of((*mapped).as_ref()) {
            Some(kind) => kind.preview((*mapped).as_ref(), SIDE).ok(),
            None => Document::open(mapped)
                .and_then(|document| document.png(1, SIDE, font.as_ref()))
                .ok(),
        }
    });
    let png = tokio::time::timeout(TIME, work)
        .await
        .map_err(|_| busy())?
        .ok()
        .flatten()
        .ok_or_else(|| {
            Problem::of(ErrorCode::Invalid).with_detail(
                "该文件无法预览，请打开原文件",
                "It can't be previewed; open the file itself",
            )
        })?;
    Ok((
        [
            (CONTENT_TYPE, "image/png"),
            (CACHE_CONTROL, "private, max-age=600"),
        ],
        png,
    ))
}
