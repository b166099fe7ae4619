//! `POST /api/sites/enable`: lets a site ask for seals or writes. It still asks for consent the first time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use serde::Deserialize;

use crate::consent::Capability;
use crate::origin::Site;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// Most sites that are enabled by hand.
const MAX_SITES: usize = 200;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The site's origin, as it was typed.
    origin: String,
    capability: Capability,
    /// The warning stood on the page and was confirmed.
    warned: bool,
}

pub async fn enable(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Json<Site>, Refused> {
    if !body.capability.needs_enabling() || !body.warned {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    }
    let site = agent.policy.admit(&body.origin).map_err(|why| {
        Refused::because(why.code(), &why).with_detail(
            "请填写以 https:// 开头的网站地址，不含路径，例如 https://www.example.cn",
            "Enter the site's address with https:// and without a path, such as https://www.example.cn",
        )
    })?;
    let mut settings = agent.settings();
    if settings.enabled().count() >= MAX_SITES {
        return Err(Refused::of(ErrorCode::RateLimited));
    }
    settings
        .set_enabled(&site.origin, body.capability, true)
        .map_err(|error| Refused::because(ErrorCode::Internal, &error))?;
    Ok(Json(site))
}
