//! Bodies that hold a PIN: read once, wiped at once, and the connection that brought them is closed.
//!
//! The bytes of a request lie in a buffer of the HTTP library for as long as its connection lives. An answer
//! with `Connection: close` ends it; the freed buffer is wiped by the program's allocator (`main.rs`).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use contract::ErrorCode;
use serde::de::DeserializeOwned;
use zeroize::Zeroize as _;

use super::Refused;

/// A body with a secret in it, parsed into a type that wipes itself.
pub struct Secret<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Secret<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Secret<T>, Response> {
        use axum::response::IntoResponse as _;
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|refused| refused.into_response())?;
        // The parser's error could quote what it read: nothing of it is kept.
        let parsed = serde_json::from_slice(&body)
            .map_err(|_| Refused::of(ErrorCode::RequestMalformed).into_response());
        if let Ok(mut bytes) = body.try_into_mut() {
            bytes[..].zeroize();
        }
        parsed.map(Secret)
    }
}

/// Has the connection closed after the answer.
pub async fn close(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
