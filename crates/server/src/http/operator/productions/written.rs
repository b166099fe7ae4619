//! `POST /api/v1/operator/productions/{id}/written`: the certificates are in the token and were read back.

use axum::Json;
use axum::extract::{Path, State};
use contract::{AgentResponse, ErrorCode};
use domain::application::Event;
use serde::Deserialize;

use super::find;
use crate::applications::Context;
use crate::applications::caller::Desk;
use crate::applications::making::{self, Finish};
use crate::applications::view::{self, Detail};
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
    let application = state
        .store
        .application(tenant.id(), &production.application)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let (result, certificate) =
        making::read_back(&state, &tenant, &production, &request.last).await?;
    let actor = caller.actor();
    let deed = Finish {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        production: &production,
        result: &result,
        certificate: Some(&certificate),
        event: Event::Written,
    };
    let done = state.store.perform(&deed).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
