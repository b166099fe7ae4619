//! `POST /api/write/forget`: the window is left; what it held is wiped now.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::serve::Agent;
use crate::serve::api::Window;

pub async fn forget(State(_): State<Arc<Agent>>, Window(load): Window) -> StatusCode {
    load.stage.lock().await.writing = None;
    StatusCode::NO_CONTENT
}
