//! `POST /api/v1/bindings`: 确定. A proof becomes a binding.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::Policies;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::binding::{self, BindingRefusal, Outcome};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::bindings::{self, Binding};
use store::{Deed, StoreError, Tx, accounts};

use super::settle::Settling;
use super::{BindingBody, rules};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem, regions};

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
    regions::check_provider(
        &state,
        &tenant,
        &session.account.organisation.id,
        session.region.as_deref(),
        &proof.provider,
    )
    .await?;
    let deed = Bind {
        platform: tenant.id(),
        policies: &tenant.platform().policies,
        proof: &proof.id,
        account: &proof.account,
        session: &session.id,
        by: &session.account.id,
        binding: state.new_id(),
        notice: state.new_id(),
        entry: state.new_id(),
        now,
    };
    let binding = state.store.perform(&deed).await??;
    let chain = state.store.chain_of(tenant.id(), &binding).await?;
    Ok((
        StatusCode::CREATED,
        Json(BindingBody::of(&tenant, &binding, &chain, now)),
    ))
}

struct Bind<'a> {
    platform: &'a str,
    policies: &'a Policies,
    proof: &'a Id,
    account: &'a Id,
    session: &'a Id,
    by: &'a Id,
    binding: Id,
    notice: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Bind<'_> {
    type Done = Binding;
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Binding, Problem>, StoreError> {
        // The order is account, then key number, in every transaction that touches both.
        let Some(organisation) =
            accounts::lock(tx.connection(), self.platform, self.account).await?
        else {
            return Ok(Err(ErrorCode::Forbidden.into()));
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
            return Ok(Err(ErrorCode::ProofExpired.into()));
        };
        let number = &proof.key_number;
        let same = bindings::by_key_number(tx.connection(), self.platform, number).await?;
        let own = bindings::of_account(tx.connection(), self.platform, &proof.account).await?;
        let decided = binding::bind(
            self.policies,
            &proof.account,
            &rules::shown(&proof),
            same.as_ref().map(rules::standing).as_ref(),
            &own.iter().map(rules::standing).collect::<Vec<_>>(),
            self.now,
        );
        let outcome = match decided {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Err(rules::refused(refusal, same.as_ref()))),
        };
        let settling = Settling {
            platform: self.platform,
            outcome: &outcome,
            proof: &proof,
            organisation: &organisation,
            by: self.by,
            binding: &self.binding,
            notice: &self.notice,
            now: self.now,
        };
        let Some(bound) = settling.write(tx).await? else {
            // The constraint decided: somebody bound the number since it was looked at.
            let now = bindings::by_key_number(tx.connection(), self.platform, number).await?;
            let refusal = match &now {
                Some(binding) if binding.account == proof.account => BindingRefusal::AlreadyBound,
                _ => BindingRefusal::BoundElsewhere,
            };
            return Ok(Err(rules::refused(refusal, now.as_ref())));
        };
        let detail = serde_json::json!({ "key": tx.pseudonym(number), "account": proof.account });
        let action = match outcome {
            Outcome::Continues(_) | Outcome::RenewsCertificate(_) => "binding.renewed",
            _ => "binding.created",
        };
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: action.into(),
            actor: Some(self.by.clone()),
            subject: Some(bound.id.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(bound))
    }
}
