//! Errors at the edge: RFC 9457 problem details made from `contract`'s codes.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use store::StoreError;

/// An answer that says what went wrong and what to do next.
#[derive(Debug)]
pub struct Problem {
    // Boxed, so that every `Result` around it stays small.
    body: Box<contract::Problem>,
    retry_after_seconds: Option<i64>,
}

impl Problem {
    /// The problem of a code, with the code's texts and status.
    #[must_use]
    pub fn of(code: ErrorCode) -> Self {
        Self {
            body: Box::new(contract::Problem::of(code)),
            retry_after_seconds: None,
        }
    }

    /// Says more exactly what happened.
    #[must_use]
    pub fn with_detail(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        *self.body = self.body.clone().with_detail(zh, en);
        self
    }

    /// Adds a member of the code's own.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: serde_json::Value) -> Self {
        self.body.more.insert(name.to_owned(), value);
        self
    }

    /// Answers with another status than the code's usual one.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.body.status = status.as_u16();
        self
    }

    /// Says when it makes sense to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after_seconds = Some(seconds.max(1));
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.body.code
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Self::of(code)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        // The caller learns that it failed; what failed is for the log.
        if error.is_transient() {
            tracing::warn!(%error, "the database stayed busy");
            Self::of(ErrorCode::Busy).retry_after(1)
        } else {
            tracing::error!(%error, "the store failed");
            Self::of(ErrorCode::Internal)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(contract::problem::MEDIA_TYPE),
        );
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
