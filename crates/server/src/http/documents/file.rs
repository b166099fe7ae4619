//! `GET /api/v1/documents/{id}/file`: the current revision, to keep.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use axum::response::IntoResponse;

use crate::files::attachment;
use crate::formats::Format;
use crate::http::documents::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Streams the file from the object store.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let document = find(&state, &tenant, &session.account.organisation.id, &id).await?;
    let body = state.files.stream(&document.object).await?;
    let media_type = Format::named(&document.format).media_type();
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_LENGTH, document.size.to_string()),
        (CONTENT_DISPOSITION, attachment(&document.name)),
        (ETAG, format!("\"{}\"", document.sha256)),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, body))
}
