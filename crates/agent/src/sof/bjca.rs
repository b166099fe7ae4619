//! BJCA's format: a WebSocket at `/xtxapp/` with `{xtx_func_name, call_cmd_id, param}` and
//! `{call_cmd_id, retVal}`, the event `onUsbkeyChange`, and the same by `POST /synctl`.
//!
//! Our own JavaScript module speaks it too, on the agent's port under `/sof`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::info::Numbers;
use super::perform::{MAX_PARAMETER, MAX_PARAMETERS, perform};
use super::session::Session;
use super::{Answer, Function, Sof, SofError, admission};

/// The port of the vendor's client for `ws`.
pub const PORT: u16 = 21051;
/// Its port for `wss`.
pub const TLS_PORT: u16 = 21061;
/// Most open connections.
const MAX_CONNECTIONS: usize = 32;
/// The subprotocol that some pages ask for.
const SUBPROTOCOL: &str = "cryptokit-kdets-protocol";

/// What the connections of a listener share.
struct Shared {
    sof: Sof,
    port: u16,
    numbers: Numbers,
    room: Arc<Semaphore>,
}

/// A call.
#[derive(Deserialize)]
struct Call {
    xtx_func_name: String,
    #[serde(default)]
    call_cmd_id: Value,
    #[serde(default)]
    param: Vec<Value>,
}

/// The routes of a listener on `port` in the vendor's place.
pub fn router(sof: Sof, port: u16) -> Router {
    let shared = shared(sof, port, Numbers::Bjca);
    Router::new()
        .route("/xtxapp", any(upgrade))
        .route("/xtxapp/", any(upgrade))
        .route("/synctl", post(synctl).options(preflight))
        .layer(DefaultBodyLimit::max(2 * MAX_PARAMETER))
        .with_state(shared)
}

/// The route for our own module, on the agent's port, with the standard's numbers.
pub fn own(sof: Sof, port: u16) -> Router {
    Router::new()
        .route("/sof", any(upgrade))
        .with_state(shared(sof, port, Numbers::Standard))
}

fn shared(sof: Sof, port: u16, numbers: Numbers) -> Arc<Shared> {
    Arc::new(Shared {
        sof,
        port,
        numbers,
        room: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
    })
}

async fn upgrade(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let origin = match admission::admit(&shared.sof, shared.port, &headers) {
        Ok(origin) => origin,
        Err(why) => return refuse(why),
    };
    let Ok(place) = Arc::clone(&shared.room).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(2 * MAX_PARAMETER)
        .max_frame_size(2 * MAX_PARAMETER)
        .on_upgrade(move |socket| async move {
            converse(&shared, origin, socket).await;
            drop(place);
        })
}

/// One call after another; between them, the news of a key that came or went.
async fn converse(shared: &Shared, origin: String, mut socket: WebSocket) {
    let mut session = Session::new(origin.clone());
    let mut changes = shared.sof.agent.changes.subscribe();
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            changed = changes.changed() => {
                let event = json!({ "call_cmd_id": "onUsbkeyChange", "retVal": "" });
                if changed.is_err() || send(&mut socket, &event).await.is_err() {
                    return;
                }
                continue;
            }
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => {
                let frame = CloseFrame {
                    code: close_code::UNSUPPORTED,
                    reason: "text only".into(),
                };
                let _ = socket.send(Message::Close(Some(frame))).await;
                return;
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
        };
        if let Err(why) = admission::still(&shared.sof, &origin) {
            tracing::warn!(%why, "ended a page's connection");
            let frame = CloseFrame {
                code: close_code::POLICY,
                reason: "".into(),
            };
            let _ = socket.send(Message::Close(Some(frame))).await;
            return;
        }
        let answer = call(shared, &mut session, text.as_bytes()).await;
        if send(&mut socket, &answer).await.is_err() {
            return;
        }
    }
}

async fn send(socket: &mut WebSocket, value: &Value) -> Result<(), axum::Error> {
    socket.send(Message::Text(value.to_string().into())).await
}

async fn synctl(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let origin = match admission::admit(&shared.sof, shared.port, &headers) {
        Ok(origin) => origin,
        Err(why) => return refuse(why),
    };
    // Each call stands alone here: what needs a login asks for the PIN itself.
    let mut session = Session::new(origin.clone());
    let mut response = Json(call(&shared, &mut session, &body).await).into_response();
    admission::allow(response.headers_mut(), &origin);
    response
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

async fn call(shared: &Shared, session: &mut Session, body: &[u8]) -> Value {
    let (id, answer) = match serde_json::from_slice::<Call>(body) {
        Ok(call) => (
            call.call_cmd_id.clone(),
            answer(shared, session, call).await,
        ),
        Err(_) => (Value::Null, Err(SofError::Input)),
    };
    // The vendor's client gives strings for everything; a failure is the empty value of its kind, and a code.
    match answer {
        Ok(Answer::Text(text)) => json!({ "call_cmd_id": id, "retVal": text }),
        Ok(Answer::Flag(flag)) => json!({ "call_cmd_id": id, "retVal": flag.to_string() }),
        Ok(Answer::Number(number)) => json!({ "call_cmd_id": id, "retVal": number.to_string() }),
        Err(error) => {
            let code = error.code();
            json!({ "call_cmd_id": id, "retVal": "", "errorCode": code, "errorMsg": error.to_string() })
        }
    }
}

async fn answer(shared: &Shared, session: &mut Session, call: Call) -> Result<Answer, SofError> {
    let function = Function::named(&call.xtx_func_name).ok_or(SofError::NotSupported)?;
    let given: Vec<String> = call
        .param
        .into_iter()
        .take(MAX_PARAMETERS + 1)
        .map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        })
        .collect();
    perform(&shared.sof, session, shared.numbers, function, &given).await
}

fn refuse(why: admission::NotAdmitted) -> Response {
    tracing::warn!(%why, "refused a page's call");
    StatusCode::FORBIDDEN.into_response()
}
