//! `POST /api/v1/applications/{id}/production/written`: the holder's agent has written the renewed certificates and read
//! them back. In the same transaction the binding moves to the new certificate.

use axum::Json;
use axum::extract::{Path, State};
use contract::{AgentResponse, ErrorCode};
use serde::Deserialize;

use crate::applications::view::Detail;
use crate::applications::{Caller, making};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// The agent's last answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(rename = "final")]
    last: AgentResponse,
}

/// The application, in effect.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    caller.supplier()?;
    let application = caller.find(&state, &tenant, &id).await?;
    let production = state
        .store
        .production_of(tenant.id(), &application.id)
        .await?
        .filter(|production| production.kind == "renew")
        .ok_or(ErrorCode::NotFound)?;
    making::written(&state, &tenant, &caller, &production, &request.last)
        .await
        .map(Json)
}
