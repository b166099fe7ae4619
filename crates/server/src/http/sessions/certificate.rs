//! `POST /api/v1/sessions/certificate`: logs in with a bound key.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use contract::{ErrorCode, Purpose, SignedStatement};
use domain::audit::Entry;
use domain::challenge::{Challenge, Holder};
use domain::session::{Method, SessionSecret};
use domain::{Id, Operation, Timestamp, identity};
use serde::Deserialize;
use store::bindings::{self, Binding};
use store::sessions::{self, NewSession};
use store::{Deed, StoreError, Tx, nonces};

use crate::applications::key::check_received;
use crate::http::challenges;
use crate::http::extract::{
    PRE_SESSION_COOKIE, SESSION_COOKIE, Tenant, clear_cookie, cookie, set_cookie,
};
use crate::http::json::JsonBody;
use crate::http::presented::{self, Presented};
use crate::http::session::SessionBody;
use crate::{AppState, Problem};

/// What the page brings back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    challenge: String,
    token: SignedStatement,
}

/// The session, under an id that is new. One transaction uses the nonce up and writes the session.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    headers: HeaderMap,
    JsonBody(form): JsonBody<Form>,
) -> Result<impl IntoResponse, Problem> {
    let holder = cookie(&headers, PRE_SESSION_COOKIE)
        .map(Holder::of_cookie)
        .ok_or(ErrorCode::ChallengeInvalid)?;
    let challenge = challenges::take(&state, &tenant, &form.challenge, Purpose::Login, &holder)?;
    let key =
        presented::examine(&state, &tenant, &form.token, &challenge, Operation::Login).await?;

    check_received(&state, key.provider.id.as_str(), &key.identity.key_number).await?;
    let secret = SessionSecret::new(&*state.random);
    let deed = LogIn {
        platform: tenant.id(),
        challenge: &challenge,
        key: &key,
        session: state.new_id(),
        secret_hash: secret.hash(),
        entry: state.new_id(),
        now: state.now(),
    };
    let binding = state.store.perform(&deed).await??;
    let account = state
        .store
        .account(tenant.id(), &binding.account)
        .await?
        .ok_or(ErrorCode::Internal)?;
    let body = SessionBody::of(
        &account,
        Method::Certificate,
        Some(binding.key_number),
        key.accepted.risk().map(str::to_owned),
    );
    let cookies = AppendHeaders([
        (
            SET_COOKIE,
            set_cookie(SESSION_COOKIE, secret.cookie_value()),
        ),
        (SET_COOKIE, clear_cookie(PRE_SESSION_COOKIE)),
    ]);
    Ok((cookies, Json(body)))
}

struct LogIn<'a> {
    platform: &'a str,
    challenge: &'a Challenge,
    key: &'a Presented,
    session: Id,
    secret_hash: [u8; 32],
    entry: Id,
    now: Timestamp,
}

impl Deed for LogIn<'_> {
    type Done = Binding;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Binding, ErrorCode>, StoreError> {
        let Challenge {
            nonce, expires_at, ..
        } = self.challenge;
        if !nonces::spend(tx.connection(), self.platform, nonce, *expires_at, self.now).await? {
            return Ok(Err(ErrorCode::NonceUsed));
        }
        let number = &self.key.identity.key_number;
        let Some(binding) = bindings::by_key_number(tx.connection(), self.platform, number).await?
        else {
            return Ok(Err(ErrorCode::NotBound));
        };
        // Two providers may give out the same number: only the bound one's certificates open this account.
        if binding.provider != self.key.provider.id.as_str() {
            return Ok(Err(ErrorCode::NotBound));
        }
        let (uscc, name) = (&binding.organisation_uscc, &binding.organisation_name);
        if identity::belongs_to(&self.key.identity, uscc, name).is_err() {
            return Ok(Err(ErrorCode::OrganisationMismatch));
        }
        let risk = self.key.accepted.risk();
        let session = NewSession {
            id: &self.session,
            platform: self.platform,
            secret_hash: self.secret_hash,
            account: &binding.account,
            method: Method::Certificate,
            key_number: Some(number),
            risk,
            at: self.now,
        };
        sessions::insert(tx.connection(), &session).await?;
        self.key.keep_answer(tx, self.platform, self.now).await?;
        let detail = serde_json::json!({
            "method": "certificate",
            "key": tx.pseudonym(number),
            "certificate": hex::encode(self.key.certificate.sha256_fingerprint()),
            "risk": risk,
        });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "session.began".into(),
            actor: Some(binding.account.clone()),
            subject: Some(self.session.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(binding))
    }
}
