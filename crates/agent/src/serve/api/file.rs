//! `POST /api/file`: the file that the user picked for a seal, streamed into the spool and checked there.
//! `POST /api/file/forget`: back to a seal whose document was not checked on this machine.

use std::io::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use contract::{AgentRequest, ErrorCode};
use futures_util::StreamExt as _;

use super::{Refused, Window};
use crate::serve::Agent;
use crate::signing::{self, Picked, Refusal};

pub async fn file(
    State(agent): State<Arc<Agent>>,
    Window(load): Window,
    body: Body,
) -> Result<Json<Picked>, Refused> {
    let mut stage = load.stage.lock().await;
    stage.picked = None;
    let bound = stage
        .bound
        .as_ref()
        .ok_or_else(|| Refused::of(ErrorCode::RequestMalformed))?;
    let AgentRequest::Seal(request) = &bound.asked.request else {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    };
    // A file of another length is another file: nothing longer is ever written.
    let expected = request
        .variants
        .first()
        .map_or(0, |variant| variant.original_length);
    let internal = |error: std::io::Error| Refused::because(ErrorCode::Internal, &error);
    let mut file = signing::spool(&agent.spool).map_err(internal)?;
    let (mut length, mut stream) = (0u64, body.into_data_stream());
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Refused::because(ErrorCode::RequestMalformed, &error))?;
        length += chunk.len() as u64;
        if length > expected {
            return Err(Refused::of(ErrorCode::FileMismatch));
        }
        file.write_all(&chunk).map_err(internal)?;
    }
    let asked = bound.asked.clone();
    let checked = tokio::task::spawn_blocking(move || signing::check_picked(&asked, &file)).await;
    let picked = checked
        .unwrap_or_else(|error| Err(Refusal::Io(error.to_string())))
        .map_err(|why| Refused::because(why.code(), &why))?;
    stage.picked = Some(picked.clone());
    Ok(Json(picked))
}

pub async fn forget(Window(load): Window) -> StatusCode {
    load.stage.lock().await.picked = None;
    StatusCode::NO_CONTENT
}
