//! JSON bodies whose refusals are problems too.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use contract::ErrorCode;
use serde::de::DeserializeOwned;

use crate::{AppState, Problem};

/// A JSON body, read with the type's own strictness.
#[derive(Clone, Copy, Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refusal(&rejection)),
        }
    }
}

fn refusal(rejection: &JsonRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of(ErrorCode::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::of(ErrorCode::RequestMalformed)
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .with_detail(
                "请求须为 application/json",
                "The request must be application/json",
            ),
        _ => Problem::of(ErrorCode::RequestMalformed).with_detail(
            "请求格式不正确",
            format!("The request is malformed: {}", rejection.body_text()),
        ),
    }
}
