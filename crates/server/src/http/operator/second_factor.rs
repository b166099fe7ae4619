//! `/api/v1/operator/second-factor`: staff set up a one-time password or register a key. Whoever has one shows it first.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use contract::{ErrorCode, Purpose};
use domain::challenge::Challenge;
use domain::{Id, Operation, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use store::operators::OperatorSession;
use store::operators::second_factor::{self, NewKey};
use store::{Deed, StoreError, Tx, nonces};

use crate::http::challenges;
use crate::http::extract::{AnyOperator, Tenant};
use crate::http::json::JsonBody;
use crate::http::presented::{self, Presented};
use crate::http::sessions::second_factor::{Token, holder, show_code};
use crate::{AppState, Problem, totp};

/// The operator of a session in which a second factor may be set up.
fn may_set_up(session: Option<OperatorSession>) -> Result<OperatorSession, Problem> {
    let session = session.ok_or(ErrorCode::NotLoggedIn)?;
    if session.has_second_factor && session.second_factor_at.is_none() {
        return Err(ErrorCode::SecondFactorRequired.into());
    }
    Ok(session)
}

/// `POST …/totp`: a secret, shown once; it counts from its first right code on.
pub async fn begin(
    State(state): State<AppState>,
    tenant: Tenant,
    AnyOperator(session): AnyOperator,
) -> Result<Json<Value>, Problem> {
    let session = may_set_up(session)?;
    let operator = &session.operator;
    let secret = totp::fresh(&*state.random);
    let sealed = totp::seal(&state.challenge_key, &operator.id, &secret, &*state.random)?;
    let deed = Begin {
        platform: tenant.id(),
        operator: &operator.id,
        sealed: &sealed,
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let uri = totp::uri(&secret, &tenant.platform().name.zh, &operator.name)?;
    Ok(Json(json!({ "secret": totp::text(&secret), "uri": uri })))
}

struct Begin<'a> {
    platform: &'a str,
    operator: &'a Id,
    sealed: &'a [u8],
    now: Timestamp,
}

impl Deed for Begin<'_> {
    type Done = ();
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Problem>, StoreError> {
        let Self {
            platform,
            operator,
            sealed,
            now,
        } = self;
        if second_factor::begin(tx.connection(), platform, operator, sealed, *now).await? {
            return Ok(Ok(()));
        }
        Ok(Err(Problem::of(ErrorCode::RequestState).with_detail(
            "已设置动态口令；更换请联系系统管理人员重置",
            "A one-time password is set up; have the system's staff reset it first",
        )))
    }
}

/// The first code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    code: String,
}

/// `POST …/totp/confirm`: 204; from now on it is asked for.
pub async fn confirm(
    State(state): State<AppState>,
    tenant: Tenant,
    AnyOperator(session): AnyOperator,
    JsonBody(form): JsonBody<Code>,
) -> Result<StatusCode, Problem> {
    let session = may_set_up(session)?;
    show_code(&state, &tenant, &session, &form.code, false).await
}

/// `POST …/keys`: registers a key that proves itself. 201.
pub async fn add_key(
    State(state): State<AppState>,
    tenant: Tenant,
    AnyOperator(session): AnyOperator,
    headers: HeaderMap,
    JsonBody(form): JsonBody<Token>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let session = may_set_up(session)?;
    let holder = holder(&headers)?;
    let challenge = challenges::take(&state, &tenant, &form.challenge, Purpose::Login, &holder)?;
    let key = presented::examine(&state, &tenant, &form.token, &challenge, Operation::Bind).await?;
    let deed = AddKey {
        platform: tenant.id(),
        session: &session,
        challenge: &challenge,
        key: &key,
        id: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let body = json!({
        "id": deed.id, "provider": key.provider.id, "key_number": key.identity.key_number, "holder": key.identity.holder,
    });
    Ok((StatusCode::CREATED, Json(body)))
}

struct AddKey<'a> {
    platform: &'a str,
    session: &'a OperatorSession,
    challenge: &'a Challenge,
    key: &'a Presented,
    id: Id,
    now: Timestamp,
}

impl Deed for AddKey<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Challenge {
            nonce, expires_at, ..
        } = self.challenge;
        if !nonces::spend(tx.connection(), self.platform, nonce, *expires_at, self.now).await? {
            return Ok(Err(ErrorCode::NonceUsed));
        }
        let new = NewKey {
            id: &self.id,
            platform: self.platform,
            operator: &self.session.operator.id,
            provider: self.key.provider.id.as_str(),
            key_number: &self.key.identity.key_number,
            holder: &self.key.identity.holder,
            at: self.now,
        };
        if !second_factor::add_key(tx.connection(), &new).await? {
            return Ok(Err(ErrorCode::BoundElsewhere));
        }
        second_factor::shown(tx.connection(), &self.session.id, "certificate", self.now).await?;
        Ok(Ok(()))
    }
}
