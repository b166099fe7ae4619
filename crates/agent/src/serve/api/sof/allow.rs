//! `POST /api/sof/allow`: lets a site call the interface. The PIN is still asked for in a window that names it.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;

use crate::origin::Site;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The site's origin, as it was typed.
    origin: String,
    /// The warning stood on the page and was confirmed.
    warned: bool,
}

pub async fn allow(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Json<Site>, Refused> {
    if !body.warned {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    }
    let site = agent.policy.admit(&body.origin).map_err(|why| {
        Refused::because(why.code(), &why).with_detail(
            "请填写以 https:// 开头的网站地址，不含路径，例如 https://www.example.cn",
            "Enter the site's address with https:// and without a path, such as https://www.example.cn",
        )
    })?;
    let allowed = agent.sof().set_may(&site.origin, true);
    allowed.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Refused::because(ErrorCode::RateLimited, &error),
        _ => Refused::because(ErrorCode::Internal, &error),
    })?;
    Ok(Json(site))
}
