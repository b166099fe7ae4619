//! `POST /api/v1/seals/drawings/preview`: a seal as its rules draw it. Nothing is kept.

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use render::{SealDrawing, SealRules};
use serde_json::{Value, json};

use crate::http::extract::LoggedIn;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// 200 with an SVG whose sides are the seal's true size.
pub async fn handler(
    State(state): State<AppState>,
    LoggedIn(_): LoggedIn,
    JsonBody(rules): JsonBody<SealRules>,
) -> Result<Json<Value>, Problem> {
    let drawing = draw(&state, rules).await?;
    Ok(Json(json!({
        "svg": drawing.svg(), "width_mm": drawing.width_mm, "height_mm": drawing.height_mm,
    })))
}

/// Draws where blocking is allowed.
///
/// # Errors
/// `invalid` for what no seal has.
pub async fn draw(state: &AppState, rules: SealRules) -> Result<SealDrawing, Problem> {
    let font = state.workshop.font.clone().ok_or_else(super::no_font)?;
    tokio::task::spawn_blocking(move || render::draw_rules(&rules, &font))
        .await
        .map_err(|_| Problem::of(ErrorCode::Internal))?
        .map_err(super::refusal)
}
