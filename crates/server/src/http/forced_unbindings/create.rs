//! `POST /api/v1/forced-unbindings`: begins one, for a key that the caller proved to hold within a week.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::{Id, Span, Timestamp};
use serde::Deserialize;
use store::bindings::Binding;
use store::bindings::forced::{self, NewForced};
use store::{Deed, StoreError, Tx};

use super::{ForcedBody, Viewer, describe};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// How long a proof of holding the key serves for this.
const PROOF_LIFE: Span = Span::hours(24 * 7);
/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 4..=500;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    key_number: String,
    reason: String,
}

/// 201 with the draft: papers are added to it, then it is submitted.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<ForcedBody>), Problem> {
    let reason = form.reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请填写 4 至 500 字的理由",
            "Give a reason of 4 to 500 characters",
        ));
    }
    let (now, caller) = (state.now(), &session.account.id);
    let number = form.key_number.trim();
    let since = now - PROOF_LIFE;
    let proof = state
        .store
        .proved(tenant.id(), caller, number, since)
        .await?
        .ok_or(ErrorCode::ForcedNeedsProof)?;
    let binding = state
        .store
        .binding_of_key(tenant.id(), number)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    if binding.account == *caller {
        return Err(ErrorCode::AlreadyBound.into());
    }
    let deed = Begin {
        platform: tenant.id(),
        forced: state.new_id(),
        binding: &binding,
        account: caller,
        proof: &proof,
        reason,
        now,
    };
    state.store.perform(&deed).await??;
    let forced = state
        .store
        .forced(tenant.id(), &deed.forced)
        .await?
        .ok_or(ErrorCode::Internal)?;
    let body = describe(&state, &tenant, &forced, Viewer::Requester).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

struct Begin<'a> {
    platform: &'a str,
    forced: Id,
    binding: &'a Binding,
    account: &'a Id,
    proof: &'a Id,
    reason: &'a str,
    now: Timestamp,
}

impl Deed for Begin<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let new = NewForced {
            id: &self.forced,
            platform: self.platform,
            binding: &self.binding.id,
            account: self.account,
            proof: self.proof,
            reason: self.reason,
            at: self.now,
        };
        Ok(if forced::insert(tx.connection(), &new).await? {
            Ok(())
        } else {
            Err(ErrorCode::RequestOpen)
        })
    }
}
