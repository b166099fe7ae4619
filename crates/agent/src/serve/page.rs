//! The page and its files, built from `web/agent` and embedded.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use contract::ErrorCode;
use rust_embed::RustEmbed;

use super::Agent;
use super::api::Refused;
use super::loads::Kind;
use crate::instance::Hello;
use crate::prompt::Language;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist/agent"]
#[allow_missing = true]
struct Files;

/// What stands in for the pages in a build without them.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>印信客户端</title></head>\
    <body><h1>印信客户端</h1><p>此版本未包含页面，请在 web/ 中运行 <code>npm ci &amp;&amp; npm run build</code>。</p>\
    <p lang=\"en\">This build carries no pages: run <code>npm ci &amp;&amp; npm run build</code> in web/.</p></body></html>";

/// The popup: the page with a token for this load. It alone keeps its opener.
pub async fn popup(State(agent): State<Arc<Agent>>) -> Response {
    page(&agent, Kind::Popup)
}

/// The agent's own page: keys, history, consents, settings.
pub async fn home(State(agent): State<Arc<Agent>>) -> Response {
    page(&agent, Kind::Home)
}

fn page(agent: &Agent, kind: Kind) -> Response {
    let Ok(token) = agent.loads.open(kind, (agent.clock)()) else {
        return Refused::of(ErrorCode::Internal).into_response();
    };
    let built =
        Files::get("agent.html").and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    let html = built.unwrap_or_else(|| PLACEHOLDER.to_owned());
    // The token has base64url letters only, so it needs no escaping; the language is one of two words.
    let language = agent.settings().language().map_or("", Language::tag);
    let meta = format!(
        "<meta name=\"yinxin-page\" content=\"{token}\"><meta name=\"yinxin-language\" content=\"{language}\"></head>"
    );
    Html(html.replacen("</head>", &meta, 1)).into_response()
}

/// That an agent is here, for a second start.
pub async fn hello() -> Json<Hello> {
    Json(Hello::own())
}

/// A script, style or picture of the page.
pub async fn asset(Path(path): Path<String>) -> Response {
    match Files::get(&format!("assets/{path}")) {
        Some(file) => {
            let kind = file.metadata.mimetype().to_owned();
            ([(header::CONTENT_TYPE, kind)], file.data.into_owned()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Everything else.
pub async fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
