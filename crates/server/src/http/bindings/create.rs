//! `POST /api/v1/bindings`: 确定. A proof becomes a binding.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::bindings::{self, Binding, NewBinding};
use store::{Deed, StoreError, Tx, accounts};

use super::BindingBody;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Which proof.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    proof_id: Id,
}

/// 201 with the binding. Two that race for one key number: the database lets one through.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<BindingBody>), Problem> {
    let now = state.now();
    let proof = state
        .store
        .proof(tenant.id(), &form.proof_id, &session.id, now)
        .await?;
    let proof = proof.ok_or(ErrorCode::ProofExpired)?;
    // What was allowed when the key proved itself must still be when it is bound.
    let provider = tenant.rules.catalogue.provider(&proof.provider);
    if !provider.is_some_and(|provider| tenant.platform().capabilities(provider).bind) {
        return Err(ErrorCode::ProviderMayNotBind.into());
    }
    if now > proof.not_after {
        return Err(ErrorCode::CertificateExpired.into());
    }
    let deed = Bind {
        platform: tenant.id(),
        proof: &proof.id,
        account: &proof.account,
        session: &session.id,
        by: &session.account.id,
        binding: state.new_id(),
        entry: state.new_id(),
        now,
    };
    let binding = state.store.perform(&deed).await??;
    Ok((
        StatusCode::CREATED,
        Json(BindingBody::of(&tenant, &binding)),
    ))
}

struct Bind<'a> {
    platform: &'a str,
    proof: &'a Id,
    account: &'a Id,
    session: &'a Id,
    by: &'a Id,
    binding: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Bind<'_> {
    type Done = Binding;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Binding, ErrorCode>, StoreError> {
        // The order is account, then key number, in every transaction that touches both.
        let Some(organisation) =
            accounts::lock(tx.connection(), self.platform, self.account).await?
        else {
            return Ok(Err(ErrorCode::Forbidden));
        };
        let proof = bindings::use_proof(
            tx.connection(),
            self.platform,
            self.proof,
            self.session,
            self.now,
        )
        .await?;
        let Some(proof) = proof else {
            return Ok(Err(ErrorCode::ProofExpired));
        };
        let new = NewBinding {
            id: &self.binding,
            platform: self.platform,
            organisation: &organisation,
            proof: &proof,
            bound_by: self.by,
            at: self.now,
        };
        let inserted = bindings::insert(tx.connection(), &new).await?;
        let standing =
            bindings::by_key_number(tx.connection(), self.platform, &proof.key_number).await?;
        let binding = match (inserted, standing) {
            (true, Some(binding)) => binding,
            (false, Some(binding)) if binding.account == proof.account => {
                return Ok(Err(ErrorCode::AlreadyBound));
            }
            _ => return Ok(Err(ErrorCode::BoundElsewhere)),
        };
        let detail =
            serde_json::json!({ "key": tx.pseudonym(&proof.key_number), "account": proof.account });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "binding.created".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.binding.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(binding))
    }
}
