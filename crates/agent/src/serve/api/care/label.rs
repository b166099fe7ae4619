//! `POST /api/care/label`: the name that is written on the device, so that its owner can tell two apart.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use serde::Deserialize;

use super::find;
use crate::keyring::code_of;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// Most octets of a label: the field of GM/T 0016 has 32.
const MAX_OCTETS: usize = 32;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The id of the key's row.
    key: String,
    label: String,
}

pub async fn label(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<StatusCode, Refused> {
    let label = body.label.trim();
    if label.is_empty() || label.len() > MAX_OCTETS || label.chars().any(char::is_control) {
        return Err(Refused::of(ErrorCode::Invalid).with_detail(
            "标签为 1 至 32 字节（约 10 个汉字），不含换行",
            "A label has 1 to 32 bytes on one line",
        ));
    }
    let row = find(&agent, &body.key).await?;
    agent
        .tokens
        .set_label(&row.device, label)
        .await
        .map_err(|error| Refused::because(code_of(&error), &error))?;
    agent.keys_changed();
    Ok(StatusCode::NO_CONTENT)
}
