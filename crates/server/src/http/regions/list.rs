//! `GET /api/v1/regions?parent=`: the regions in one, or the topmost.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::RegionBody;
use crate::{AppState, Problem};

/// In which.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    parent: Option<String>,
}

/// Answers anybody.
pub async fn handler(
    State(state): State<AppState>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    let parent = parameters.parent.as_deref().filter(|code| !code.is_empty());
    let found = state.store.regions(parent).await?;
    let regions: Vec<_> = found.iter().map(RegionBody::of).collect();
    Ok(Json(json!({ "total": regions.len(), "regions": regions })))
}
