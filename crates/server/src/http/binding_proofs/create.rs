//! `POST /api/v1/binding-proofs`: 获取 CA 编号. The key proves itself; what was read from it is shown in the form.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use catalogue::{Policies, Text};
use contract::{ErrorCode, Purpose, SignedStatement};
use domain::audit::Entry;
use domain::binding::{self, BindingRefusal, Outcome};
use domain::challenge::{Challenge, Holder};
use domain::{Id, Operation, Span, Timestamp};
use serde::{Deserialize, Serialize};
use store::accounts::Account;
use store::bindings::{self, Binding, Proof};
use store::{Deed, StoreError, Tx, nonces};

use crate::applications::key::check_received;
use crate::http::bindings::{ProviderBody, rules};
use crate::http::challenges;
use crate::http::extract::{LoggedIn, SESSION_COOKIE, Tenant, cookie};
use crate::http::json::JsonBody;
use crate::http::presented::{self, Presented};
use crate::http::time::rfc3339;
use crate::{AppState, Problem, regions};

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
    /// The key number of the binding that this one goes on from once it is confirmed: a renewal.
    renews: Option<String>,
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
    check_received(&state, key.provider.id.as_str(), &key.identity.key_number).await?;

    let now = state.now();
    let organisation = &account.organisation;
    regions::check_provider(
        &state,
        &tenant,
        &organisation.id,
        session.region.as_deref(),
        key.provider.id.as_str(),
    )
    .await?;
    let ids = [state.new_id(), session.id];
    let proof = rules::proof(
        &key,
        ids,
        &account.id,
        &organisation.name,
        [now, now + LIFE],
    );
    let deed = Prove {
        platform: tenant.id(),
        challenge: &challenge,
        key: &key,
        proof: &proof,
        account: &account,
        policies: &tenant.platform().policies,
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
    let renews = match state.store.perform(&deed).await?? {
        Proved::Free(renews) => renews,
        Proved::Elsewhere(binding) => return Err(rules::bound_elsewhere(&binding)),
    };
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
        renews,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

struct Prove<'a> {
    platform: &'a str,
    challenge: &'a Challenge,
    key: &'a Presented,
    proof: &'a Proof,
    account: &'a Account,
    policies: &'a Policies,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

/// What the key number is.
enum Proved {
    /// Free, or this account's; with the number of the binding that it would go on from.
    Free(Option<String>),
    /// Another account's. The proof is kept all the same: a forced unbinding is asked for on its strength.
    Elsewhere(Box<Binding>),
}

impl Deed for Prove<'_> {
    type Done = Proved;
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Proved, Problem>, StoreError> {
        let Challenge {
            nonce, expires_at, ..
        } = self.challenge;
        if !nonces::spend(tx.connection(), self.platform, nonce, *expires_at, self.now).await? {
            return Ok(Err(ErrorCode::NonceUsed.into()));
        }
        let (platform, now) = (self.platform, self.now);
        let organisation = &self.account.organisation;
        let (uscc, name) = (&organisation.uscc, &organisation.name);
        let identity = &self.key.identity;
        if !rules::belongs(tx, platform, identity, &organisation.id, uscc, name, now).await? {
            return Ok(Err(ErrorCode::OrganisationMismatch.into()));
        }
        // Told now, before the form is filled in; the constraint in the database decides at the end.
        let number = &self.proof.key_number;
        let same = bindings::by_key_number(tx.connection(), platform, number).await?;
        let own = bindings::of_account(tx.connection(), platform, &self.account.id).await?;
        let decided = binding::bind(
            self.policies,
            &self.account.id,
            &rules::shown(self.proof),
            same.as_ref().map(rules::standing).as_ref(),
            &own.iter().map(rules::standing).collect::<Vec<_>>(),
            now,
        );
        let proved = match (decided, same) {
            (Ok(Outcome::Continues(id)), _) => {
                let old = own.iter().find(|binding| binding.id == id);
                Proved::Free(old.map(|binding| binding.key_number.clone()))
            }
            (Ok(_), _) => Proved::Free(None),
            (Err(BindingRefusal::BoundElsewhere), Some(binding)) => {
                Proved::Elsewhere(Box::new(binding))
            }
            (Err(refusal), same) => return Ok(Err(rules::refused(refusal, same.as_ref()))),
        };
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
        Ok(Ok(proved))
    }
}
