//! `POST …/unlock/done`: the agent has set the new PIN.

use axum::Json;
use axum::extract::{Path, State};
use contract::{AgentResponse, ErrorCode};
use domain::application::Event;
use serde::Deserialize;

use crate::applications::making::{self, Finish};
use crate::applications::view::{self, Detail};
use crate::applications::{Caller, Context};
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

/// The application, done.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    caller.supplier()?;
    if request.last != AgentResponse::Unlocked {
        return Err(Problem::of(ErrorCode::Invalid)
            .with_detail("客户端没有完成解锁", "The client did not unlock the key"));
    }
    let application = caller.find(&state, &tenant, &id).await?;
    let production = state
        .store
        .production_of(tenant.id(), &application.id)
        .await?
        .filter(|production| production.kind == "unlock")
        .ok_or(ErrorCode::NotFound)?;
    let result = making::answered(&state, &tenant, &production).await?;
    if !making::is_unlocked(&result) {
        return Err(ErrorCode::Internal.into());
    }
    let actor = caller.actor();
    let deed = Finish {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        production: &production,
        // The sealed PIN is of no use to anybody any more, and is not kept a second time.
        result: "{}",
        certificate: None,
        event: Event::Unlocked,
    };
    let done = state.store.perform(&deed).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
