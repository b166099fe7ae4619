//! `DELETE /api/v1/bindings/{id}`: 解除绑定.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp, binding};
use store::bindings::{self, Binding};
use store::{Deed, StoreError, Tx, accounts, sessions};

use super::rules;
use super::settle::tell;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Answers 204. One's own binding, or for an administrator any of the organisation's, the way that the platform's manual goes; others
/// are simply not found.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: Id = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let binding = state
        .store
        .binding(tenant.id(), &id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let caller = &session.account;
    if binding.organisation != caller.organisation.id {
        return Err(ErrorCode::NotFound.into());
    }
    let now = state.now();
    binding::may_release(
        &tenant.platform().policies,
        rules::caller(&session),
        &binding.account,
        &binding.key_number,
        rules::usable(&binding, now),
    )
    .map_err(rules::not_released)?;
    let deed = Unbind {
        platform: tenant.id(),
        binding: &binding,
        session: &session.id,
        by: &caller.id,
        person: &caller.person,
        notice: state.new_id(),
        entry: state.new_id(),
        now,
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Unbind<'a> {
    platform: &'a str,
    binding: &'a Binding,
    session: &'a Id,
    by: &'a Id,
    person: &'a str,
    notice: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Unbind<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        accounts::lock(tx.connection(), self.platform, &self.binding.account).await?;
        if !bindings::end(
            tx.connection(),
            self.platform,
            &self.binding.id,
            self.by,
            self.now,
        )
        .await?
        {
            return Ok(Err(ErrorCode::NotFound));
        }
        // Whoever else is logged in with this key no longer may be; the one who releases it goes on working.
        let (account, number) = (&self.binding.account, &self.binding.key_number);
        sessions::end_of_key(
            tx.connection(),
            self.platform,
            account,
            number,
            Some(self.session),
            self.now,
        )
        .await?;
        let facts = serde_json::json!({
            "key_number": number, "provider": self.binding.provider, "holder": self.binding.holder,
            "by": self.person, "reason": "released", "at": rfc3339(self.now),
        });
        let (subject, now) = (self.binding.id.as_str(), self.now);
        tell(
            tx,
            self.platform,
            &self.notice,
            self.binding,
            "binding_ended",
            subject,
            &facts,
            now,
        )
        .await?;
        let detail = serde_json::json!({ "key": tx.pseudonym(number), "account": account });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "binding.ended".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.binding.id.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
