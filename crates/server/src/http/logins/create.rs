//! `POST /api/v1/logins`: a challenge for logging in with a key. The server remembers nothing of it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use contract::{Intent, LoginIntent, Purpose};
use domain::challenge::Holder;
use domain::session::SessionSecret;

use crate::http::challenges;
use crate::http::extract::{PRE_SESSION_COOKIE, Tenant, cookie, set_cookie};
use crate::{AppState, Problem};

/// The challenge, bound to this browser by a cookie that it gets now or brought along.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let secret = cookie(&headers, PRE_SESSION_COOKIE)
        .and_then(SessionSecret::from_cookie)
        .unwrap_or_else(|| SessionSecret::new(&*state.random));
    let intent = Intent::Login(LoginIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
    });
    let holder = Holder::of_cookie(secret.cookie_value());
    let body = challenges::give(&state, &tenant, Purpose::Login, &intent, holder, None)?;
    let cookies = AppendHeaders([(
        SET_COOKIE,
        set_cookie(PRE_SESSION_COOKIE, secret.cookie_value()),
    )]);
    Ok((cookies, Json(body)))
}
