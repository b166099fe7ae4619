//! TopCertKit's format (天威诚信, also 四川CA): `POST /<function>` with named parameters, and
//! `{"retCode": 0, "retMsg": "", "r": …}`. It knows no connection: a session belongs to an origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::info::Numbers;
use super::perform::{MAX_PARAMETER, perform};
use super::session::Session;
use super::{Answer, Function, Sof, SofError, admission};

/// The port of the vendor's client.
pub const PORT: u16 = 7256;
/// Most origins with a session; the user enables each by hand, so there are a few.
const MAX_ORIGINS: usize = 64;

/// What the listener's requests share.
struct Shared {
    sof: Sof,
    port: u16,
    sessions: Mutex<BTreeMap<String, Arc<Mutex<Session>>>>,
}

/// The routes of a listener on `port`.
pub fn router(sof: Sof, port: u16) -> Router {
    let shared = Arc::new(Shared {
        sof,
        port,
        sessions: Mutex::default(),
    });
    Router::new()
        .route("/{function}", post(call).options(preflight))
        .layer(DefaultBodyLimit::max(2 * MAX_PARAMETER))
        .with_state(shared)
}

async fn preflight(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match admission::admit(&shared.sof, shared.port, &headers) {
        Ok(origin) => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            admission::allow(response.headers_mut(), &origin);
            response
        }
        Err(why) => refuse(why),
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let origin = match admission::admit(&shared.sof, shared.port, &headers) {
        Ok(origin) => origin,
        Err(why) => return refuse(why),
    };
    let answer = answer(&shared, &origin, &name, &body).await;
    let body = match answer {
        Ok(Answer::Text(text)) => json!({ "retCode": 0, "retMsg": "", "r": text }),
        Ok(Answer::Flag(flag)) => json!({ "retCode": 0, "retMsg": "", "r": flag }),
        Ok(Answer::Number(number)) => json!({ "retCode": 0, "retMsg": "", "r": number }),
        Err(error) => {
            json!({ "retCode": error.code(), "retMsg": error.to_string(), "r": Value::Null })
        }
    };
    let mut response = Json(body).into_response();
    admission::allow(response.headers_mut(), &origin);
    response
}

async fn answer(
    shared: &Shared,
    origin: &str,
    name: &str,
    body: &[u8],
) -> Result<Answer, SofError> {
    let function = Function::named(name).ok_or(SofError::NotSupported)?;
    let named: Map<String, Value> = serde_json::from_slice(body).map_err(|_| SofError::Input)?;
    let parameters: Vec<String> = function
        .parameters()
        .iter()
        .map_while(|name| named.get(*name).map(text))
        .collect();
    let session = {
        let mut sessions = shared.sessions.lock().await;
        if sessions.len() >= MAX_ORIGINS && !sessions.contains_key(origin) {
            sessions.clear();
        }
        let new = || Arc::new(Mutex::new(Session::new(origin.to_owned())));
        Arc::clone(sessions.entry(origin.to_owned()).or_insert_with(new))
    };
    let mut session = session.lock().await;
    perform(
        &shared.sof,
        &mut session,
        Numbers::Standard,
        function,
        &parameters,
    )
    .await
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn refuse(why: admission::NotAdmitted) -> Response {
    tracing::warn!(%why, "refused a page's call");
    StatusCode::FORBIDDEN.into_response()
}
