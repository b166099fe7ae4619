//! `GET /healthz`: whether this process can serve.

use axum::extract::State;
use contract::ErrorCode;

use crate::{AppState, Problem};

/// 200 when the database answers, 503 when it does not.
pub async fn handler(State(state): State<AppState>) -> Result<&'static str, Problem> {
    match state.store.ping().await {
        Ok(()) => Ok("ok\n"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Err(ErrorCode::Busy.into())
        }
    }
}
