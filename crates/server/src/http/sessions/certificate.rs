//! `POST /api/v1/sessions/certificate`: logs in with a bound key.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use contract::{ErrorCode, Purpose, SignedStatement};
use domain::audit::Entry;
use domain::binding::{self, BindingRefusal, Outcome, Shown};
use domain::challenge::{Challenge, Holder};
use domain::revocation::Accepted;
use domain::session::{Method, SessionSecret};
use domain::{Id, Operation, Timestamp};
use serde::Deserialize;

use store::accounts::{self, Account};
use store::bindings::{self, Binding, Proof};
use store::sessions::{self, NewSession};
use store::{Connection, Deed, StoreError, Tx, nonces};

use super::arrival::{Arrival, Login};
use super::policy;
use crate::applications::key::check_received;
use crate::http::bindings::rules;
use crate::http::bindings::settle::Settling;
use crate::http::challenges;
use crate::http::extract::{
    PRE_SESSION_COOKIE, SESSION_COOKIE, Tenant, clear_cookie, cookie, set_cookie,
};
use crate::http::json::JsonBody;
use crate::http::presented::{self, Presented};
use crate::http::session::SessionBody;
use crate::{AppState, Problem, regions};

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
    arrival: Arrival,
    JsonBody(form): JsonBody<Form>,
) -> Result<impl IntoResponse, Problem> {
    let holder = cookie(&headers, PRE_SESSION_COOKIE)
        .map(Holder::of_cookie)
        .ok_or(ErrorCode::ChallengeInvalid)?;
    let challenge = challenges::take(&state, &tenant, &form.challenge, Purpose::Login, &holder)?;
    let key =
        presented::examine(&state, &tenant, &form.token, &challenge, Operation::Login).await?;

    check_received(&state, key.provider.id.as_str(), &key.identity.key_number).await?;
    let now = state.now();
    // Whose key it is, to ask what is open to that account; the transaction decides anew.
    let account = owner(&state, &tenant, &key).await?;
    policy::check(&state, &tenant, &account, Method::Certificate, now).await?;
    regions::check_provider(
        &state,
        &tenant,
        &account.organisation.id,
        None,
        key.provider.id.as_str(),
    )
    .await?;
    let secret = SessionSecret::new(&*state.random);
    let ids = [state.new_id(), state.new_id()];
    let deed = LogIn {
        platform: tenant.id(),
        challenge: &challenge,
        key: &key,
        account: &account,
        proof: rules::proof(
            &key,
            ids,
            &account.id,
            &account.organisation.name,
            [now, now],
        ),
        arrival: &arrival,
        session: state.new_id(),
        secret_hash: secret.hash(),
        binding: state.new_id(),
        notices: [state.new_id(), state.new_id()],
        entry: state.new_id(),
        now,
    };
    let binding = state.store.perform(&deed).await??;
    let body = SessionBody::of(
        &account,
        Method::Certificate,
        Some(binding.key_number),
        key.accepted.risk().map(str::to_owned),
        None,
    );
    let cookies = AppendHeaders([
        (
            SET_COOKIE,
            set_cookie(SESSION_COOKIE, secret.cookie_value()),
        ),
        (SET_COOKIE, clear_cookie(PRE_SESSION_COOKIE)),
        (SET_COOKIE, arrival.cookie()),
    ]);
    Ok((cookies, Json(body)))
}

/// The account that the key opens: by its number, or by the binding that a renewed key goes on from.
async fn owner(state: &AppState, tenant: &Tenant, key: &Presented) -> Result<Account, Problem> {
    let mut connection = state
        .store
        .read()
        .acquire()
        .await
        .map_err(StoreError::from)?;
    let (_, outcome, found) = decide(&mut connection, tenant.id(), key, state.now())
        .await?
        .map_err(|refusal| rules::refused(refusal, None))?;
    drop(connection);
    let binding = found
        .iter()
        .find(|binding| names(&outcome, &binding.id))
        .ok_or(ErrorCode::NotBound)?;
    let account = state.store.account(tenant.id(), &binding.account).await?;
    account.ok_or_else(|| ErrorCode::NotBound.into())
}

fn names(outcome: &Outcome, binding: &Id) -> bool {
    match outcome {
        Outcome::Stands(id)
        | Outcome::RenewsCertificate(id)
        | Outcome::Continues(id)
        | Outcome::ChangesHolder(id) => id == binding,
        Outcome::New => false,
    }
}

type Decided = Result<(Shown, Outcome, Vec<Binding>), BindingRefusal>;

/// What logging in with the key comes to, and the bindings that were looked at.
async fn decide(
    connection: &mut Connection,
    platform: &str,
    key: &Presented,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    let identity = &key.identity;
    let provider = key.provider.id.as_str();
    let shown = Shown {
        provider: provider.to_owned(),
        key_number: identity.key_number.clone(),
        holder: identity.holder.clone(),
        certificate: key.certificate.der().to_vec(),
        not_before: key.certificate.not_before().into(),
        not_after: key.certificate.not_after().into(),
    };
    let same = bindings::by_key_number(connection, platform, &identity.key_number).await?;
    let candidates = if same.is_some() {
        Vec::new()
    } else {
        bindings::of_holder(
            connection,
            platform,
            provider,
            &identity.holder,
            identity.uscc.as_deref().unwrap_or_default(),
            identity.organisation.as_deref().unwrap_or_default(),
        )
        .await?
    };
    let outcome = binding::log_in(
        &shown,
        same.as_ref().map(rules::standing).as_ref(),
        &candidates.iter().map(rules::standing).collect::<Vec<_>>(),
        key.accepted == Accepted::Fresh,
        now,
    );
    let found = same.into_iter().chain(candidates).collect();
    Ok(outcome.map(|outcome| (shown, outcome, found)))
}

struct LogIn<'a> {
    platform: &'a str,
    challenge: &'a Challenge,
    key: &'a Presented,
    account: &'a Account,
    proof: Proof,
    arrival: &'a Arrival,
    session: Id,
    secret_hash: [u8; 32],
    binding: Id,
    notices: [Id; 2],
    entry: Id,
    now: Timestamp,
}

impl Deed for LogIn<'_> {
    type Done = Binding;
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Binding, Problem>, StoreError> {
        let Challenge {
            nonce, expires_at, ..
        } = self.challenge;
        if !nonces::spend(tx.connection(), self.platform, nonce, *expires_at, self.now).await? {
            return Ok(Err(ErrorCode::NonceUsed.into()));
        }
        let (platform, account, now) = (self.platform, self.account, self.now);
        let number = &self.key.identity.key_number;
        let decided = decide(tx.connection(), platform, self.key, now).await?;
        let (_, outcome, found) = match decided {
            Ok(decided) => decided,
            Err(refusal) => return Ok(Err(rules::refused(refusal, None))),
        };
        let before = found.iter().find(|binding| names(&outcome, &binding.id));
        if before.is_none_or(|binding| binding.account != account.id) {
            return Ok(Err(ErrorCode::NotBound.into()));
        }
        let organisation = &account.organisation;
        let (uscc, name) = (&organisation.uscc, &organisation.name);
        let identity = &self.key.identity;
        if !rules::belongs(tx, platform, identity, &organisation.id, uscc, name, now).await? {
            return Ok(Err(ErrorCode::OrganisationMismatch.into()));
        }
        let [risk_notice, renewal_notice] = &self.notices;
        let stands = matches!(outcome, Outcome::Stands(_));
        if !stands
            && accounts::lock(tx.connection(), platform, &account.id)
                .await?
                .is_none()
        {
            return Ok(Err(ErrorCode::NotBound.into()));
        }
        let settling = Settling {
            platform,
            outcome: &outcome,
            proof: &self.proof,
            organisation: &organisation.id,
            by: &account.id,
            binding: &self.binding,
            notice: renewal_notice,
            now,
        };
        let binding = match settling.write(tx).await? {
            Some(binding) if binding.account == account.id => binding,
            _ => return Ok(Err(ErrorCode::NotBound.into())),
        };
        let login = Login {
            session: &self.session,
            method: Method::Certificate,
            notice: risk_notice,
            now,
        };
        let origin = self.arrival.note(tx, platform, &account.id, &login).await?;
        let risk = self.key.accepted.risk();
        let session = NewSession {
            id: &self.session,
            platform,
            secret_hash: self.secret_hash,
            account: &account.id,
            method: Method::Certificate,
            key_number: Some(number),
            risk,
            origin: &origin,
            at: now,
        };
        sessions::insert(tx.connection(), &session).await?;
        self.key.keep_answer(tx, platform, now).await?;
        let detail = serde_json::json!({
            "method": "certificate",
            "key": tx.pseudonym(number),
            "certificate": hex::encode(self.key.certificate.sha256_fingerprint()),
            "risk": risk,
            "rebound": !stands,
        });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "session.began".into(),
            actor: Some(account.id.clone()),
            subject: Some(self.session.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(binding))
    }
}
