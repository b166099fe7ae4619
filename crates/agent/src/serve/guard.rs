//! What every request must be before it is looked at, and what every answer carries.
//!
//! - Host is exactly `127.0.0.1:port`: a name that somebody rebinds to this machine comes with that name.
//! - Pages are opened as top-level documents only, never in a frame.
//! - Everything else comes from our own page: `Sec-Fetch-Site: same-origin`, and `POST` with our own Origin.
//! - No cookie is set or read: loopback ports share them. The page's token stands in for a session.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use contract::ErrorCode;

use super::Agent;
use super::api::Refused;

/// The header with the page's token.
pub const PAGE_TOKEN: &str = "x-yinxin-page";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Refuses what breaks a rule, and puts the headers on every answer, refusals included.
pub async fn guard(State(agent): State<Arc<Agent>>, request: Request, next: Next) -> Response {
    let popup = request.uri().path() == "/popup";
    let mut response = match check(
        &agent,
        request.method(),
        request.uri().path(),
        request.headers(),
    ) {
        Ok(()) => next.run(request).await,
        Err(why) => {
            tracing::warn!(path = request.uri().path(), why, "refused a request");
            Refused::of(ErrorCode::OriginRefused)
                .with_status(StatusCode::FORBIDDEN)
                .into_response()
        }
    };
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set("content-security-policy", POLICY);
    set("x-content-type-options", "nosniff");
    set("x-frame-options", "DENY");
    set("referrer-policy", "no-referrer");
    set("cross-origin-resource-policy", "same-origin");
    set(
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    );
    set("cache-control", "no-store");
    // The popup must keep its opener; nothing else may have one.
    if !popup {
        set("cross-origin-opener-policy", "same-origin");
    }
    response
}

fn check(
    agent: &Agent,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<(), &'static str> {
    let host = format!("127.0.0.1:{}", agent.port);
    if only(headers, header::HOST.as_str()) != Some(&host) {
        return Err("Host is not our own");
    }
    let same_origin = only(headers, "sec-fetch-site") == Some("same-origin");
    if path == "/popup" || path == "/" {
        if *method != Method::GET {
            return Err("not a navigation");
        }
        // Absent only in clients that know no fetch metadata; browsers say of a frame or script what it is.
        let document = only(headers, "sec-fetch-dest") == Some("document");
        return if document || !headers.contains_key("sec-fetch-dest") {
            Ok(())
        } else {
            Err("not a top-level document")
        };
    }
    if path == "/hello" {
        // Browsers say with every request where it comes from; a program on this machine does not.
        let browser =
            headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
        return if *method == Method::GET && !browser {
            Ok(())
        } else {
            Err("not for pages")
        };
    }
    if path.starts_with("/api/") {
        if *method != Method::POST {
            return Err("not a POST");
        }
        if only(headers, header::ORIGIN.as_str()) != Some(agent.origin().as_str()) {
            return Err("Origin is not our own");
        }
        if !same_origin {
            return Err("not from our own page");
        }
        let token = only(headers, PAGE_TOKEN).ok_or("no page token")?;
        return match agent.loads.find(token, (agent.clock)()) {
            Some(_) => Ok(()),
            None => Err("the page token is not known"),
        };
    }
    if same_origin {
        Ok(())
    } else {
        Err("not from our own page")
    }
}

/// A header's value where it stands exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        None
    } else {
        value.to_str().ok()
    }
}
