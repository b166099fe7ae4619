//! `/api/v1/sessions/second-factor`: staff show their second factor: a one-time password, or a key that they registered.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use contract::{ErrorCode, Intent, LoginIntent, Purpose, SignedStatement};
use domain::audit::Entry;
use domain::challenge::{Challenge, Holder};
use domain::password::Throttle;
use domain::{Id, Operation, Timestamp};
use serde::Deserialize;
use store::operators::{OperatorSession, second_factor};
use store::{Deed, StoreError, Tx, nonces};

use crate::http::challenges::{self, ChallengeBody};
use crate::http::extract::{AnyOperator, SESSION_COOKIE, Tenant, cookie};
use crate::http::json::JsonBody;
use crate::http::presented;
use crate::{AppState, Problem, totp as passwords};

/// A one-time password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    code: String,
}

/// What a page brings back of a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The challenge.
    pub challenge: String,
    /// The key's answer.
    pub token: SignedStatement,
}

/// `POST`: a code. 204; a code serves once.
pub async fn totp(
    State(state): State<AppState>,
    tenant: Tenant,
    AnyOperator(session): AnyOperator,
    JsonBody(form): JsonBody<Code>,
) -> Result<StatusCode, Problem> {
    let session = session.ok_or(ErrorCode::NotLoggedIn)?;
    show_code(&state, &tenant, &session, &form.code, true).await
}

/// Compares a code and notes in the session that it was shown.
///
/// # Errors
/// `second_factor_wrong`, `rate_limited`.
pub async fn show_code(
    state: &AppState,
    tenant: &Tenant,
    session: &OperatorSession,
    code: &str,
    confirmed: bool,
) -> Result<StatusCode, Problem> {
    let (platform, operator) = (tenant.id(), &session.operator.id);
    let kept = state.store.totp_of(platform, operator).await?;
    let kept = kept.filter(|kept| kept.confirmed_at.is_some() == confirmed);
    let kept = kept.ok_or(ErrorCode::SecondFactorWrong)?;
    let now = state.now();
    if let Some(at) = kept.failed_at {
        let count = Throttle {
            failures: kept.failures,
            last_failure_at: at,
        };
        let wait = count.open_at(Throttle::FREE).since(now).whole_seconds();
        if wait > 0 {
            return Err(Problem::of(ErrorCode::RateLimited).retry_after(wait));
        }
    }
    let secret = passwords::open(&state.challenge_key, operator, &kept.secret)?;
    let step = passwords::step_of(&secret, code.trim(), now)?;
    let deed = Show {
        platform,
        session,
        step,
        entry: state.new_id(),
        now,
    };
    let Ok(right) = state.store.perform(&deed).await?;
    if right {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::SecondFactorWrong.into())
    }
}

struct Show<'a> {
    platform: &'a str,
    session: &'a OperatorSession,
    step: Option<i64>,
    entry: Id,
    now: Timestamp,
}

impl Deed for Show<'_> {
    /// Whether it was right; a wrong one is counted.
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let (platform, operator, now) = (self.platform, &self.session.operator.id, self.now);
        let right = match self.step {
            Some(step) => {
                second_factor::accept(tx.connection(), platform, operator, step, now).await?
            }
            None => false,
        };
        if !right {
            second_factor::fail(tx.connection(), platform, operator, now).await?;
            return Ok(Ok(false));
        }
        second_factor::shown(tx.connection(), &self.session.id, "totp", now).await?;
        record(tx, platform, self.session, &self.entry, "totp", now).await?;
        Ok(Ok(true))
    }
}

async fn record(
    tx: &mut Tx<'_>,
    platform: &str,
    session: &OperatorSession,
    entry: &Id,
    how: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.record(&Entry {
        id: entry.clone(),
        platform: platform.to_owned(),
        at: now,
        action: "session.second_factor".into(),
        actor: Some(session.operator.id.clone()),
        subject: Some(session.id.to_string()),
        detail: serde_json::json!({ "how": how }).to_string(),
    })
    .await
}

/// `POST …/challenge`: a challenge for a key, bound to this session.
pub async fn challenge(
    State(state): State<AppState>,
    tenant: Tenant,
    AnyOperator(session): AnyOperator,
    headers: HeaderMap,
) -> Result<Json<ChallengeBody>, Problem> {
    session.ok_or(ErrorCode::NotLoggedIn)?;
    let intent = Intent::Login(LoginIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
    });
    challenges::give(
        &state,
        &tenant,
        Purpose::Login,
        &intent,
        holder(&headers)?,
        None,
    )
    .map(Json)
}

/// The holder of a challenge: this session.
///
/// # Errors
/// `not_logged_in`.
pub fn holder(headers: &HeaderMap) -> Result<Holder, Problem> {
    let secret = cookie(headers, SESSION_COOKIE).ok_or(ErrorCode::NotLoggedIn)?;
    Ok(Holder::of_cookie(secret))
}

/// `POST …/certificate`: a key that the operator registered. 204.
pub async fn certificate(
    State(state): State<AppState>,
    tenant: Tenant,
    AnyOperator(session): AnyOperator,
    headers: HeaderMap,
    JsonBody(form): JsonBody<Token>,
) -> Result<StatusCode, Problem> {
    let session = session.ok_or(ErrorCode::NotLoggedIn)?;
    let holder = holder(&headers)?;
    let challenge = challenges::take(&state, &tenant, &form.challenge, Purpose::Login, &holder)?;
    let key =
        presented::examine(&state, &tenant, &form.token, &challenge, Operation::Login).await?;
    let keys = state
        .store
        .keys_of_operator(tenant.id(), &session.operator.id)
        .await?;
    let own = keys.iter().any(|one| {
        one.provider == key.provider.id.as_str() && one.key_number == key.identity.key_number
    });
    if !own {
        return Err(Problem::of(ErrorCode::SecondFactorWrong).with_detail(
            "这把锁不是您登记的二次验证锁",
            "This key is not the one that you registered",
        ));
    }
    let deed = ShowKey {
        platform: tenant.id(),
        session: &session,
        challenge: &challenge,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct ShowKey<'a> {
    platform: &'a str,
    session: &'a OperatorSession,
    challenge: &'a Challenge,
    entry: Id,
    now: Timestamp,
}

impl Deed for ShowKey<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (platform, now) = (self.platform, self.now);
        let Challenge {
            nonce, expires_at, ..
        } = self.challenge;
        if !nonces::spend(tx.connection(), platform, nonce, *expires_at, now).await? {
            return Ok(Err(ErrorCode::NonceUsed));
        }
        second_factor::shown(tx.connection(), &self.session.id, "certificate", now).await?;
        record(tx, platform, self.session, &self.entry, "certificate", now).await?;
        Ok(Ok(()))
    }
}
