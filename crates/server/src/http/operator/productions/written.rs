//! `POST /api/v1/operator/productions/{id}/written`: the certificates are in the token and were read back.

use axum::Json;
use axum::extract::{Path, State};
use contract::AgentResponse;
use serde::Deserialize;

use super::find;
use crate::applications::caller::Desk;
use crate::applications::making;
use crate::applications::view::Detail;
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

/// The application, produced.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    let production = find(&state, &tenant, &id).await?;
    making::written(&state, &tenant, &caller, &production, &request.last)
        .await
        .map(Json)
}
