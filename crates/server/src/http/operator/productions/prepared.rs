//! `POST /api/v1/operator/productions/{id}/prepared`: a key was made in the blank token and asks for its certificates.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::{ErrorCode, ProducePrepared};
use issuer::order::OrderKind;
use serde::Deserialize;
use serde_json::Value;

use super::find;
use crate::applications::Context;
use crate::applications::caller::Desk;
use crate::applications::making::{self, Prepare};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the agent prepared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    interim: ProducePrepared,
}

/// 202: the CA has been asked. The same token once more is no second order.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let interim = request.interim;
    interim.check().map_err(|error| {
        Problem::of(ErrorCode::RequestMalformed).with_detail("请求格式不正确", error.to_string())
    })?;
    let production = find(&state, &tenant, &id).await?;
    let application = state
        .store
        .application(tenant.id(), &production.application)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let requested = making::requested(&interim.request)?;
    let body = making::issue(&tenant, &application, &production.key_number, &requested)?;
    let actor = caller.actor();
    let deed = Prepare {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        production: &production.id,
        device_serial: &interim.device_serial,
        signing_key_sha256: Some(&requested.signing_key_sha256),
        escrow: interim.escrow.as_ref().map(contract::Base64::to_text),
        kind: OrderKind::Issue,
        body: &body,
        nonce: None,
    };
    let prepared = state.store.perform(&deed).await??;
    let body = making::body(&state, &tenant, &prepared).await?;
    Ok((StatusCode::ACCEPTED, Json(body)))
}
