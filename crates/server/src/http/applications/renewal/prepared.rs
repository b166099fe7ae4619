//! `POST …/renewal/prepared`: the old key's statement and the new key's request. The statement is checked as a login's
//! is, with a fresh revocation answer; the order goes to the CA.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use contract::{ErrorCode, Purpose, RenewPrepared};
use domain::Operation;
use domain::challenge::Holder;
use domain::identity;
use issuer::order::OrderKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::applications::making::{self, Prepare};
use crate::applications::{Caller, Context};
use crate::http::extract::{SESSION_COOKIE, Tenant, cookie};
use crate::http::json::JsonBody;
use crate::http::{challenges, presented};
use crate::{AppState, Problem};

/// What the agent prepared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    interim: RenewPrepared,
}

/// 202 with the production, which the page asks about from here on.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let organisation = caller.supplier()?.account.organisation.clone();
    let interim = request.interim;
    interim.check().map_err(|error| {
        Problem::of(ErrorCode::RequestMalformed).with_detail("请求格式不正确", error.to_string())
    })?;
    let application = caller.find(&state, &tenant, &id).await?;
    let production = state
        .store
        .production_of(tenant.id(), &application.id)
        .await?
        .filter(|production| production.kind == "renew")
        .ok_or(ErrorCode::NotFound)?;
    let holder = cookie(&headers, SESSION_COOKIE)
        .map(Holder::of_cookie)
        .ok_or(ErrorCode::NotLoggedIn)?;
    let sealed = production
        .challenge
        .as_deref()
        .ok_or(ErrorCode::ChallengeInvalid)?;
    let challenge = challenges::take(&state, &tenant, sealed, Purpose::Renew, &holder)?;
    // As fresh as for binding: renewing is for keys of which it is certain that they are good.
    let key =
        presented::examine(&state, &tenant, &interim.token, &challenge, Operation::Bind).await?;
    identity::belongs_to(&key.identity, &organisation.uscc, &organisation.name)?;
    let same = key.identity.key_number == production.key_number
        && key.provider.id.as_str() == application.provider;
    if !same {
        return Err(Problem::of(ErrorCode::ProductionMismatch).with_detail(
            "插入的不是要续期的那把锁，请核对 CA 编号",
            "This is not the key that is being renewed; compare its number",
        ));
    }
    let requested = making::requested(&interim.request)?;
    let body = making::issue(&tenant, &application, &production.key_number, &requested)?;
    let actor = caller.actor();
    let deed = Prepare {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        production: &production.id,
        device_serial: &interim.device_serial,
        signing_key_sha256: Some(&requested.signing_key_sha256),
        // The token's administrator PIN stays where its first production put it.
        escrow: None,
        kind: OrderKind::Issue,
        body: &body,
        nonce: Some((&challenge.nonce, challenge.expires_at)),
    };
    let prepared = state.store.perform(&deed).await??;
    let answer = json!({ "production": { "id": prepared.id, "state": prepared.state } });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
