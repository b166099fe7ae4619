//! Uploads of an application: papers, vouchers, invoices. The type is what the bytes are, never what a name says.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;

use crate::files::{FileError, Mapped, Received, attachment, plain_part};
use crate::{AppState, Problem};

/// Largest paper, voucher or invoice, in bytes.
pub const MAX_UPLOAD: u64 = 10 * 1024 * 1024;
/// Most files of one paper.
pub const MAX_FILES: i64 = 10;
/// The most pixels of an uploaded picture: an A4 page at 600 dpi.
pub const MAX_PIXELS: u64 = 40_000_000;

/// A file that was received and looked at.
#[derive(Debug)]
pub struct Paper {
    /// The file in the spool.
    pub received: Received,
    /// By content.
    pub media_type: &'static str,
    /// Of a PDF.
    pub pages: Option<i64>,
    /// On one line, ending as its content wants.
    pub name: String,
}

/// Receives a PDF, PNG or JPEG.
///
/// # Errors
/// `too_large`; `invalid` where it is none of them or can't be shown.
pub async fn receive(
    state: &AppState,
    headers: &HeaderMap,
    name: &str,
    body: Body,
) -> Result<Paper, Problem> {
    check_upload(headers)?;
    let received = state.files.receive_up_to(body, MAX_UPLOAD).await?;
    let mapped = Mapped::open(&received.path).map_err(FileError::from)?;
    let permit = state
        .workshop
        .pictures
        .clone()
        .acquire_owned()
        .await
        .map_err(|_| Problem::of(ErrorCode::Busy))?;
    let looked = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        look(mapped)
    });
    let (media_type, pages) = looked
        .await
        .map_err(|_| Problem::of(ErrorCode::Invalid))?
        .ok_or_else(|| {
            Problem::of(ErrorCode::Invalid).with_detail(
                "请上传 PDF、PNG 或 JPEG 文件；文件不能加密，图片不超过 4000 万像素",
                "Upload a PDF, PNG or JPEG that is not encrypted; a picture has 40 million pixels at most",
            )
        })?;
    let ending = match media_type {
        "application/pdf" => "pdf",
        "image/png" => "png",
        _ => "jpg",
    };
    let plain = plain_part(name);
    let stem = plain
        .rsplit_once('.')
        .map_or(plain.as_str(), |(stem, _)| stem);
    let stem: String = stem.chars().take(100).collect();
    let stem = if stem.is_empty() {
        "file".to_owned()
    } else {
        stem
    };
    Ok(Paper {
        received,
        media_type,
        pages,
        name: format!("{stem}.{ending}"),
    })
}

/// What the bytes are, where they can be shown.
fn look(mapped: std::sync::Arc<Mapped>) -> Option<(&'static str, Option<i64>)> {
    let bytes = (*mapped).as_ref();
    match render::PictureKind::of(bytes) {
        Some(kind) => {
            let (width, height) = kind.size(bytes)?;
            let pixels = u64::from(width) * u64::from(height);
            ((1..=MAX_PIXELS).contains(&pixels)).then_some((kind.media_type(), None))
        }
        None if bytes.starts_with(b"%PDF-") => {
            let document = render::Document::open(mapped).ok()?;
            Some((
                "application/pdf",
                Some(i64::try_from(document.page_count()).unwrap_or(i64::MAX)),
            ))
        }
        None => None,
    }
}

/// Uploads come as bytes or as what they are; a form or text could come from a page elsewhere without a preflight.
///
/// # Errors
/// `request_malformed` with 415.
pub fn check_upload(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    let allowed = [
        "application/octet-stream",
        "application/pdf",
        "application/ofd",
        "image/png",
        "image/jpeg",
    ];
    if allowed.iter().any(|one| essence.eq_ignore_ascii_case(one)) {
        return Ok(());
    }
    Err(Problem::of(ErrorCode::RequestMalformed)
        .with_status(axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE)
        .with_detail(
            "上传内容须为 PDF、PNG 或 JPEG",
            "An upload must be a PDF, PNG or JPEG",
        ))
}

/// A kept file, to look at in the page: its type is ours, and the browser must not guess another.
///
/// # Errors
/// Those of the object store.
pub async fn show(
    state: &AppState,
    object: &str,
    size: i64,
    media_type: &str,
    name: &str,
) -> Result<Response, Problem> {
    let body = state.files.stream(object).await?;
    let disposition = attachment(name).replacen("attachment", "inline", 1);
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_LENGTH, size.to_string()),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    // nosniff comes with every answer (`http::headers`).
    Ok((headers, body).into_response())
}
