//! The embedded pages: one file for each URL that names one, the start page for every other, as the pages route themselves.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use rust_embed::RustEmbed;

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What `web/dist/platform` held when the program was built; `build.rs` puts a placeholder there when it was empty.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/pages"]
struct Pages;

const START: &str = "index.html";

/// `GET` of anything that is no endpoint.
pub async fn handler(
    State(state): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Err(problem) = Tenant::of(&state, &headers) {
        return problem.into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::of(ErrorCode::NotFound)
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Pages::get(path) {
        // Vite writes a hash of the content into the names under assets/: such a file never changes.
        let cache = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        return (
            [(CONTENT_TYPE, kind.essence_str()), (CACHE_CONTROL, cache)],
            file.data,
        )
            .into_response();
    }
    // A missing script must not be answered by a page: a browser would show a puzzling error instead of this one.
    if path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
    {
        return Problem::of(ErrorCode::NotFound).into_response();
    }
    match Pages::get(START) {
        Some(file) => (
            [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "no-cache"),
            ],
            file.data,
        )
            .into_response(),
        None => Problem::of(ErrorCode::NotFound).into_response(),
    }
}
