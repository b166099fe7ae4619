//! The local gateway: the other end of the protocol, for demonstration and tests. It takes no real money; its pages say
//! so. It can also misbehave on demand — late, double, lost — because a platform must stand that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Form, Query as FromQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use domain::{Clock, Id, Randomness};
use serde::Deserialize;

use super::{
    GatewayKey, MAC_HEADER, MAX_MESSAGE, Notification, PayOrder, Purpose, Query, Status, read_order,
};

/// How often a notification is tried.
const TRIES: u32 = 5;
const TIME: Duration = Duration::from_secs(5);
const NOTIFYING: Duration = Duration::from_secs(2);

/// How the gateway behaves on one payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// One notification, at once.
    #[default]
    Proper,
    /// Two, under two ids.
    Double,
    /// None: the platform must ask.
    Lost,
    /// One 分 too little is booked.
    Short,
}

/// The gateway's state: what was paid, for as long as it runs.
#[derive(Clone)]
pub struct GatewayState(Arc<Parts>);

struct Parts {
    key: GatewayKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
    paid: Mutex<HashMap<String, Notification>>,
    client: reqwest::Client,
}

impl GatewayState {
    /// Wires it together.
    ///
    /// # Errors
    /// Those of the HTTP client.
    pub fn new(
        key: GatewayKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
    ) -> Result<Self, reqwest::Error> {
        let client = evidence::client().timeout(TIME).build()?;
        Ok(Self(Arc::new(Parts {
            key,
            clock,
            random,
            paid: Mutex::default(),
            client,
        })))
    }

    fn paid(&self, payment: &str) -> Option<Notification> {
        let paid = self
            .0
            .paid
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        paid.get(payment).cloned()
    }

    /// Books a payment once; whoever clicks twice pays once.
    fn book(&self, order: &PayOrder, manner: Manner) -> Notification {
        let now = self.0.clock.now();
        let new = || Id::new(now, &*self.0.random).to_string();
        let mut paid = self
            .0
            .paid
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        paid.entry(order.payment.clone())
            .or_insert_with(|| Notification {
                id: new(),
                payment: order.payment.clone(),
                amount: order.amount - i64::from(manner == Manner::Short),
                reference: format!("GW{}", new()),
                paid_at: now.seconds(),
            })
            .clone()
    }

    async fn notify(&self, order: &PayOrder, notification: &Notification) {
        let Ok(body) = serde_json::to_vec(notification) else {
            return;
        };
        for attempt in 1..=TRIES {
            let stamp = self
                .0
                .key
                .sign(Purpose::Notification, self.0.clock.now(), &body);
            let sent = self
                .0
                .client
                .post(&order.notify_to)
                .header(MAC_HEADER, stamp)
                .header("content-type", "application/json")
                .body(body.clone())
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    tracing::warn!(status = %answer.status(), attempt, "a notification was refused")
                }
                Err(error) => tracing::warn!(%error, attempt, "a notification could not be sent"),
            }
            // Waiting for nothing: the platform may be back in a moment.
            let _ = tokio::time::timeout(NOTIFYING, std::future::pending::<()>()).await;
        }
    }
}

/// The gateway's routes.
pub fn router(state: GatewayState) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/pay", get(show).post(pay))
        .route("/status", post(status))
        .layer(axum::extract::DefaultBodyLimit::max(3 * MAX_MESSAGE))
        .with_state(state)
}

#[derive(Deserialize)]
struct Asked {
    order: String,
    mac: String,
}

#[derive(Deserialize)]
struct Chosen {
    order: String,
    mac: String,
    #[serde(default)]
    manner: Manner,
}

async fn show(State(state): State<GatewayState>, FromQuery(asked): FromQuery<Asked>) -> Response {
    let Ok(order) = read_order(&state.0.key, &asked.order, &asked.mac) else {
        return (
            StatusCode::BAD_REQUEST,
            page("支付请求无效，请返回平台重新发起。"),
        )
            .into_response();
    };
    if state.paid(&order.payment).is_some() {
        return page(&format!(
            "<p>该笔费用已支付。</p><p><a href=\"{}\">返回平台</a></p>",
            escape(&order.return_to)
        ));
    }
    let (yuan, fen) = (order.amount / 100, order.amount % 100);
    let manners = [
        ("proper", "正常通知"),
        ("double", "重复通知"),
        ("lost", "通知丢失"),
        ("short", "少付一分"),
    ];
    let choices: String = manners
        .iter()
        .enumerate()
        .map(|(at, (value, text))| {
            let checked = if at == 0 { " checked" } else { "" };
            format!("<label><input type=\"radio\" name=\"manner\" value=\"{value}\"{checked}> {text}</label><br>")
        })
        .collect();
    page(&format!(
        "<p>{}</p><p>应付金额：<strong>¥{yuan}.{fen:02}</strong></p><form method=\"post\" action=\"/pay\">\
         <input type=\"hidden\" name=\"order\" value=\"{}\"><input type=\"hidden\" name=\"mac\" value=\"{}\">\
         <fieldset><legend>演示：网关的通知方式</legend>{choices}</fieldset>\
         <p><button type=\"submit\">确认支付</button> <a href=\"{}\">取消</a></p></form>",
        escape(&order.subject),
        escape(&asked.order),
        escape(&asked.mac),
        escape(&order.return_to)
    ))
}

async fn pay(State(state): State<GatewayState>, Form(chosen): Form<Chosen>) -> Response {
    let Ok(order) = read_order(&state.0.key, &chosen.order, &chosen.mac) else {
        return (
            StatusCode::BAD_REQUEST,
            page("支付请求无效，请返回平台重新发起。"),
        )
            .into_response();
    };
    let notification = state.book(&order, chosen.manner);
    if chosen.manner != Manner::Lost {
        state.notify(&order, &notification).await;
    }
    if chosen.manner == Manner::Double {
        state.notify(&order, &notification).await;
        let id = Id::new(state.0.clock.now(), &*state.0.random).to_string();
        let again = Notification { id, ..notification };
        state.notify(&order, &again).await;
    }
    (StatusCode::SEE_OTHER, [(LOCATION, order.return_to)]).into_response()
}

async fn status(State(state): State<GatewayState>, headers: HeaderMap, body: Bytes) -> Response {
    let stamp = headers
        .get(MAC_HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let now = state.0.clock.now();
    if state
        .0
        .key
        .verify(Purpose::Query, stamp, &body, now)
        .is_err()
    {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(query) = serde_json::from_slice::<Query>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let answer = Status {
        paid: state.paid(&query.payment),
        payment: query.payment,
    };
    let Ok(body) = serde_json::to_vec(&answer) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let stamp = state.0.key.sign(Purpose::Status, now, &body);
    ([(MAC_HEADER, stamp)], body).into_response()
}

fn page(inside: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>演示支付网关 DEMO</title><body><main><h1>演示支付网关 DEMO</h1>\
         <p>仅供演示和测试，不收取任何真实款项。For demonstration only: no money moves.</p>{inside}</main></body></html>"
    );
    (
        [
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
            ),
            (CACHE_CONTROL, "no-store"),
        ],
        Html(html),
    )
        .into_response()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
