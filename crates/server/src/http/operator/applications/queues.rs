//! `GET /api/v1/operator/queues`: how many wait for each desk, and how many of them past their promise.

use axum::Json;
use axum::extract::State;
use domain::application::Duty;
use serde_json::{Value, json};

use crate::applications::caller::Desk;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Every duty's queue, empty ones too.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(_): Desk,
) -> Result<Json<Value>, Problem> {
    let found = state
        .store
        .application_queues(tenant.id(), state.now())
        .await?;
    let queues: Vec<Value> = Duty::ALL
        .iter()
        .filter(|duty| **duty != Duty::Audit)
        .map(|duty| {
            let queue = found.iter().find(|queue| queue.queue == duty.word());
            json!({
                "queue": duty, "name": duty.text(),
                "count": queue.map_or(0, |queue| queue.count),
                "overdue": queue.map_or(0, |queue| queue.overdue),
            })
        })
        .collect();
    Ok(Json(json!({ "queues": queues })))
}
