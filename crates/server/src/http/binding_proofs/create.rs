//! `POST /api/v1/binding-proofs`: 获取 CA 编号. The key proves itself; what was read from it is shown in the form.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use catalogue::Text;
use contract::{ErrorCode, Purpose, SignedStatement};
use domain::audit::Entry;
use domain::challenge::{Challenge, Holder};
use domain::{Id, Operation, Span, Timestamp, identity};
use serde::{Deserialize, Serialize};
use store::bindings::{self, Proof};
use store::{Deed, StoreError, Tx, nonces};

use crate::applications::key::check_received;
use crate::http::extract::{LoggedIn, SESSION_COOKIE, Tenant, cookie};
use crate::http::json::JsonBody;
use crate::http::presented::{self, Presented};
use crate::http::time::rfc3339;
use crate::http::{bindings::ProviderBody, challenges};
use crate::{AppState, Problem};

/// How long a proof can be turned into a binding; its revocation answer is as fresh as that.
const LIFE: Span = Span::minutes(10);

/// What the page brings back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    challenge: String,
    token: SignedStatement,
}

/// What the form shows.
#[derive(Debug, Serialize)]
pub struct Body {
    id: String,
    key_number: String,
    provider: ProviderBody,
    holder: String,
    organisation: String,
    not_after: String,
    expires_at: String,
}

/// 201 with the proof; it serves once, in this session, for ten minutes.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    headers: HeaderMap,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<Body>), Problem> {
    let holder = cookie(&headers, SESSION_COOKIE)
        .map(Holder::of_cookie)
        .ok_or(ErrorCode::NotLoggedIn)?;
    let challenge = challenges::take(&state, &tenant, &form.challenge, Purpose::Bind, &holder)?;
    let account_id = challenge
        .account
        .clone()
        .ok_or(ErrorCode::ChallengeInvalid)?;
    let key = presented::examine(&state, &tenant, &form.token, &challenge, Operation::Bind).await?;
    let account = state
        .store
        .account(tenant.id(), &account_id)
        .await?
        .ok_or(ErrorCode::Forbidden)?;
    identity::belongs_to(
        &key.identity,
        &account.organisation.uscc,
        &account.organisation.name,
    )?;
    check_received(&state, key.provider.id.as_str(), &key.identity.key_number).await?;

    let now = state.now();
    let proof = Proof {
        id: state.new_id(),
        session: session.id,
        account: account.id,
        key_number: key.identity.key_number.clone(),
        provider: key.provider.id.to_string(),
        holder: key.identity.holder.clone(),
        organisation: key
            .identity
            .organisation
            .clone()
            .unwrap_or(account.organisation.name),
        certificate: key.certificate.der().to_vec(),
        not_after: key.certificate.not_after().into(),
        created_at: now,
        expires_at: now + LIFE,
    };
    let deed = Prove {
        platform: tenant.id(),
        challenge: &challenge,
        key: &key,
        proof: &proof,
        by: &session.account.id,
        entry: state.new_id(),
        now,
    };
    let Proof {
        id,
        key_number,
        holder,
        organisation,
        not_after,
        expires_at,
        ..
    } = &proof;
    state.store.perform(&deed).await??;
    let provider = ProviderBody {
        id: proof.provider.clone(),
        name: Some::<Text>(key.provider.name.clone()),
    };
    let body = Body {
        id: id.to_string(),
        key_number: key_number.clone(),
        provider,
        holder: holder.clone(),
        organisation: organisation.clone(),
        not_after: rfc3339(*not_after),
        expires_at: rfc3339(*expires_at),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

struct Prove<'a> {
    platform: &'a str,
    challenge: &'a Challenge,
    key: &'a Presented,
    proof: &'a Proof,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Prove<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Challenge {
            nonce, expires_at, ..
        } = self.challenge;
        if !nonces::spend(tx.connection(), self.platform, nonce, *expires_at, self.now).await? {
            return Ok(Err(ErrorCode::NonceUsed));
        }
        // Told now, before the form is filled in; the constraint in the database decides at the end.
        let bound =
            bindings::by_key_number(tx.connection(), self.platform, &self.proof.key_number).await?;
        if let Some(binding) = bound {
            let own = binding.account == self.proof.account;
            return Ok(Err(if own {
                ErrorCode::AlreadyBound
            } else {
                ErrorCode::BoundElsewhere
            }));
        }
        bindings::insert_proof(tx.connection(), self.platform, self.proof).await?;
        self.key.keep_answer(tx, self.platform, self.now).await?;
        let detail = serde_json::json!({
            "key": tx.pseudonym(&self.proof.key_number),
            "certificate": hex::encode(self.key.certificate.sha256_fingerprint()),
            "account": self.proof.account,
        });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "binding.proved".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.proof.id.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
