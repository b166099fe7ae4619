//! `POST …/unlock/prepared`: the window's own key; the CA seals the administrator PIN to it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::{ErrorCode, UnlockKey};
use issuer::order::OrderKind;
use serde::Deserialize;

use crate::applications::making::{self, Prepare};
use crate::applications::{Caller, Context};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the agent says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    interim: UnlockKey,
}

/// 202: the CA has been asked.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<StatusCode, Problem> {
    caller.supplier()?;
    let interim = request.interim;
    interim.check().map_err(|error| {
        Problem::of(ErrorCode::RequestMalformed).with_detail("请求格式不正确", error.to_string())
    })?;
    let application = caller.find(&state, &tenant, &id).await?;
    let production = state
        .store
        .production_of(tenant.id(), &application.id)
        .await?
        .filter(|production| production.kind == "unlock")
        .ok_or(ErrorCode::NotFound)?;
    let made = state
        .store
        .production_of_key(&production.key_number)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    if made.device_serial.as_ref() != Some(&interim.device_serial) {
        return Err(Problem::of(ErrorCode::ProductionMismatch).with_detail(
            "插入的不是要解锁的那把锁，请核对 CA 编号",
            "This is not the key that is to be unlocked; compare its number",
        ));
    }
    let escrow = made.escrow.ok_or(ErrorCode::Internal)?;
    let body = making::unlock_order(&escrow, &interim.device_serial, &interim.public_key)?;
    let actor = caller.actor();
    let deed = Prepare {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        production: &production.id,
        device_serial: &interim.device_serial,
        signing_key_sha256: None,
        escrow: None,
        kind: OrderKind::Unlock,
        body: &body,
        nonce: None,
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::ACCEPTED)
}
