//! `POST /api/v1/binding-challenges`: a challenge for binding a key to an account of one's own organisation.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use contract::{BindIntent, ErrorCode, Intent, Purpose};
use domain::Id;
use domain::binding::may_bind_for;
use domain::challenge::Holder;
use serde::Deserialize;
use store::accounts::Account;

use crate::http::bindings::rules;
use crate::http::challenges::{self, ChallengeBody};
use crate::http::extract::{LoggedIn, SESSION_COOKIE, Tenant, cookie};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Whose key it will be; one's own without it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    account_id: Option<Id>,
}

/// The challenge, bound to this session and that account.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    headers: HeaderMap,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<ChallengeBody>, Problem> {
    let account = chosen(&state, &tenant, &session.account, form.account_id.as_ref()).await?;
    let policies = &tenant.platform().policies;
    if !may_bind_for(policies, rules::caller(&session), &account.id) || account.state != "active" {
        return Err(ErrorCode::Forbidden.into());
    }
    let intent = Intent::Bind(BindIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
        organisation: account.organisation.name.clone(),
        account: account.name.clone(),
        person: account.person.clone(),
    });
    let holder = cookie(&headers, SESSION_COOKIE)
        .map(Holder::of_cookie)
        .ok_or(ErrorCode::NotLoggedIn)?;
    challenges::give(
        &state,
        &tenant,
        Purpose::Bind,
        &intent,
        holder,
        Some(account.id),
    )
    .map(Json)
}

/// The account that a key is to be bound to: one's own, or for an administrator any of the organisation's.
async fn chosen(
    state: &AppState,
    tenant: &Tenant,
    caller: &Account,
    wanted: Option<&Id>,
) -> Result<Account, Problem> {
    let Some(wanted) = wanted.filter(|id| **id != caller.id) else {
        return Ok(caller.clone());
    };
    // Whether a foreign account exists is nobody's business: both answers are the same.
    let account = state
        .store
        .account(tenant.id(), wanted)
        .await?
        .ok_or(ErrorCode::Forbidden)?;
    if caller.role != "administrator" || account.organisation.id != caller.organisation.id {
        return Err(ErrorCode::Forbidden.into());
    }
    Ok(account)
}
