//! `POST /api/settings`: the settings, and what can only be looked at here: libraries, folders, version.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::prompt::{Language, PinEntry};
use crate::serve::api::Home;
use crate::serve::{Agent, LibraryInUse};
use crate::tray;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    phrase: String,
    language: Option<Language>,
    pin_entry: PinEntry,
    /// Whether a PIN can be asked for in a window of the desktop.
    native_prompt: bool,
    key_files: bool,
    tray: tray::Wanted,
    /// What became of it.
    tray_standing: tray::Standing,
    /// Read-only: a library is code that runs, so it comes with the catalogue or the command line.
    libraries: Vec<LibraryInUse>,
    /// Providers that the catalogue knows.
    providers: usize,
    log: Option<PathBuf>,
    state_folder: PathBuf,
    version: &'static str,
    system: String,
    port: u16,
}

pub async fn show(State(agent): State<Arc<Agent>>, Home(_): Home) -> Json<Answer> {
    let settings = agent.settings();
    Json(Answer {
        phrase: settings.phrase().to_owned(),
        language: settings.language(),
        pin_entry: settings.pin_entry(),
        native_prompt: agent.pins.has_window(),
        key_files: settings.key_files(),
        tray: settings.tray(),
        tray_standing: agent.tray(),
        libraries: agent.about.libraries.clone(),
        providers: agent.catalogue().providers().count(),
        log: agent.about.log.clone(),
        state_folder: agent.state.folder().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        port: agent.port,
    })
}
