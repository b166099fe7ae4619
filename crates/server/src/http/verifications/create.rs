//! `POST /api/v1/verifications?name=`: 验章 for anyone. The body is the file; nothing of it is kept.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use contract::{ErrorCode, Report};
use serde::Deserialize;

use crate::files::{FileError, Mapped, file_name};
use crate::formats::Format;
use crate::http::documents::check_upload_type;
use crate::http::extract::Tenant;
use crate::http::verifications::examine;
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    #[serde(default)]
    name: String,
}

/// The report. A file that is neither PDF nor OFD is refused; a broken one has its answer in the report.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Report>, Problem> {
    check_upload_type(&headers)?;
    // Strangers upload only as many files at once as the spool is meant for.
    let _turn = state
        .workshop
        .anonymous_uploads
        .try_acquire()
        .map_err(|_| Problem::of(ErrorCode::Busy).retry_after(10))?;
    let received = state.files.receive(body).await?;
    let mapped = Mapped::open(&received.path).map_err(FileError::from)?;
    let format = Format::of((*mapped).as_ref())?;
    Ok(Json(
        examine(
            &state,
            &tenant,
            mapped,
            &file_name(&parameters.name, format.word()),
            &received.sha256,
        )
        .await?,
    ))
}
