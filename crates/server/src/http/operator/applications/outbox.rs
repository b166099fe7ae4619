//! `GET /api/v1/operator/outbox`: what would have been sent, for the demonstration: nothing is sent by telephone or mail
//! here. Codes stand in it, so it is for operators only.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::http::extract::{Operator, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The latest 100, newest first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
) -> Result<Json<Value>, Problem> {
    let found = state.store.outbox(tenant.id()).await?;
    let items: Vec<Value> = found
        .iter()
        .map(|message| {
            json!({
                "id": message.id, "kind": message.channel, "to": message.recipient, "subject": message.kind,
                "text": message.text, "created_at": rfc3339(message.created_at),
            })
        })
        .collect();
    Ok(Json(json!({ "total": items.len(), "items": items })))
}
