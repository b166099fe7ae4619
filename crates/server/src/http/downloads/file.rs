//! `GET|HEAD /api/v1/downloads/{id}/file`: an uploaded package's bytes, whole or from where a download broke off.
//!
//! RFC 9110 §13.1.5 and §14: one range, strong entity tag, If-Range and If-None-Match. RFC 9530: Repr-Digest is the
//! SHA-256 of the whole file, also on a part of it, so that the receiver can check what it put together.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::ErrorCode;
use store::packages::Package;

use crate::files::attachment;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// What part of the file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// First and last byte, both included.
    Range(u64, u64),
    /// No byte of the file is asked for.
    Unsatisfiable,
}

/// Streams an offered package. What was withdrawn is not there any more.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let package = state
        .store
        .package(tenant.id(), &path_id(&id)?)
        .await?
        .filter(|package| package.state == "published")
        .ok_or_else(|| {
            Problem::of(ErrorCode::NotFound).with_detail(
                "该安装包不存在或已下架，请返回下载页选择最新版本",
                "There is no such package, or it was withdrawn. Choose the newest on the downloads page",
            )
        })?;
    let size = u64::try_from(package.size).unwrap_or_default();
    let tag = format!("\"{}\"", package.sha256);
    if matches_any(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fixed(&package, &tag)).into_response());
    }
    let part = part(&headers, &tag, size);
    if part == Part::Unsatisfiable {
        let range = [(CONTENT_RANGE, format!("bytes */{size}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
    }
    let head = method == Method::HEAD;
    let (status, length, body) = match part {
        Part::Range(first, last) => {
            let body = if head {
                Body::empty()
            } else {
                state
                    .files
                    .stream_range(&package.object, first..last + 1)
                    .await?
            };
            (StatusCode::PARTIAL_CONTENT, last + 1 - first, body)
        }
        _ if head => (StatusCode::OK, size, Body::empty()),
        _ => (
            StatusCode::OK,
            size,
            state.files.stream(&package.object).await?,
        ),
    };
    let mut response = (status, fixed(&package, &tag), body).into_response();
    let answer = response.headers_mut();
    answer.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Part::Range(first, last) = part
        && let Ok(range) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}"))
    {
        answer.insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

/// The headers that every answer about the file has.
fn fixed(package: &Package, tag: &str) -> HeaderMap {
    let digest = hex::decode(&package.sha256).unwrap_or_default();
    [
        // Never a type that a browser would open.
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, attachment(&package.file_name)),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (ETAG, tag.to_owned()),
        (
            REPR_DIGEST,
            format!("sha-256=:{}:", STANDARD.encode(digest)),
        ),
        (CACHE_CONTROL, "public, no-cache".to_owned()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?)))
    .collect()
}

/// If-None-Match: any of the listed tags, or `*`.
fn matches_any(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|given| given.trim().trim_start_matches("W/"))
        .any(|given| given == "*" || given == tag)
}

fn part(headers: &HeaderMap, tag: &str, size: u64) -> Part {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(&RANGE) else {
        return Part::Whole;
    };
    // A strong comparison: a date or a weak tag can't say that the bytes are the same.
    if text(&IF_RANGE).is_some_and(|given| given.trim() != tag) {
        return Part::Whole;
    }
    let Ok(parsed) = http_range_header::parse_range_header(range) else {
        // RFC 9110 §14.2: what is not understood is passed over.
        return Part::Whole;
    };
    if parsed.ranges.len() != 1 {
        return Part::Whole;
    }
    match parsed.validate(size).as_deref() {
        Ok([range]) => Part::Range(*range.start(), *range.end()),
        _ => Part::Unsatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: Option<&str>) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(IF_RANGE, tag.parse().unwrap());
        }
        part(&headers, "\"t\"", 100)
    }

    #[test]
    fn one_range_inside_the_file_is_a_part_of_it() {
        for (range, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=10-", 10, 99),
            ("bytes=-1", 99, 99),
            ("bytes=0-99", 0, 99),
        ] {
            assert_eq!(asked(range, None), Part::Range(first, last), "{range}");
        }
        assert_eq!(asked("bytes=100-", None), Part::Unsatisfiable);
    }

    #[test]
    fn what_is_malformed_or_several_ranges_or_of_another_file_gets_the_whole() {
        assert_eq!(asked("bytes=0-1,5-6", None), Part::Whole);
        assert_eq!(asked("lines=0-1", None), Part::Whole);
        assert_eq!(asked("bytes=a-b", None), Part::Whole);
        assert_eq!(asked("bytes=5-", Some("\"other\"")), Part::Whole);
        assert_eq!(asked("bytes=5-", Some("W/\"t\"")), Part::Whole);
        assert_eq!(asked("bytes=5-", Some("\"t\"")), Part::Range(5, 99));
    }
}
