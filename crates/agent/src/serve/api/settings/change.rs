//! `POST /api/settings/change`: one setting, or several.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use serde::Deserialize;

use crate::prompt::{Language, PinEntry};
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};
use crate::tray;

/// The body; what is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    phrase: Option<String>,
    language: Option<Language>,
    pin_entry: Option<PinEntry>,
    key_files: Option<bool>,
    tray: Option<tray::Wanted>,
}

pub async fn change(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<StatusCode, Refused> {
    let internal = |error: std::io::Error| Refused::because(ErrorCode::Internal, &error);
    let mut settings = agent.settings();
    if let Some(phrase) = &body.phrase {
        settings.set_phrase(phrase).map_err(|error| {
            if error.kind() == std::io::ErrorKind::InvalidInput {
                Refused::of(ErrorCode::Invalid)
                    .with_detail("短语为 1 至 24 个字", "A phrase has 1 to 24 characters")
            } else {
                internal(error)
            }
        })?;
    }
    if body.language.is_some() {
        settings.set_language(body.language).map_err(internal)?;
    }
    if let Some(pin_entry) = body.pin_entry {
        settings.set_pin_entry(pin_entry).map_err(internal)?;
    }
    if let Some(key_files) = body.key_files {
        settings.set_key_files(key_files).map_err(internal)?;
    }
    if let Some(tray) = body.tray {
        settings.set_tray(tray).map_err(internal)?;
    }
    drop(settings);
    if body.tray.is_some() || body.language.is_some() {
        // The tray follows the keys: it looks at the settings too when it hears of a change.
        agent.keys_changed();
    }
    Ok(StatusCode::NO_CONTENT)
}
