//! `POST /api/doctor`: what is wrong on this computer, as lines of JSON while they come: `{"finding": …}` for each
//! check, `{"diagnosis": …}` at the end. `POST /api/doctor/deed`: what the agent mends by itself.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use contract::ErrorCode;
use doctor::Action;
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Home, Refused};
use crate::doctor::{deeds, diagnose};
use crate::serve::Agent;

pub async fn examine(State(agent): State<Arc<Agent>>, Home(_): Home) -> Response {
    let (lines, come) = mpsc::unbounded_channel::<String>();
    tokio::spawn(async move {
        let desktop = agent.desktop();
        // Whoever closed the page wants no more lines.
        let diagnosis = diagnose(&desktop, |finding| {
            let _ = lines.send(json!({ "finding": finding }).to_string());
        })
        .await;
        let _ = lines.send(json!({ "diagnosis": diagnosis }).to_string());
    });
    let body = stream::unfold(come, |mut come| async move {
        let line = come.recv().await? + "\n";
        Some((Ok::<_, Infallible>(Bytes::from(line)), come))
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        HttpBody::from_stream(body),
    )
        .into_response()
}

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    action: Action,
}

pub async fn deed(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Json<deeds::Done>, Refused> {
    if body.action == Action::AllowOrigin {
        let allowed = agent.allow_refused().map_err(Refused::of)?;
        return Ok(Json(deeds::Done {
            action: body.action.name().to_owned(),
            count: usize::from(allowed.is_some()),
            commands: Vec::new(),
        }));
    }
    let now = (agent.clock)();
    let worker = Arc::clone(&agent);
    let done = tokio::task::spawn_blocking(move || {
        let tokens = worker.tokens.service();
        deeds::perform(body.action, tokens, worker.state.folder(), now)
    })
    .await
    .map_err(|error| Refused::because(ErrorCode::Internal, &error))?
    .map_err(|error| Refused::because(ErrorCode::Invalid, &error))?;
    agent.keys_changed();
    Ok(Json(done))
}
