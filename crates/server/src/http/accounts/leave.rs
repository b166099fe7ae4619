//! `POST /api/v1/accounts/{id}/leave` (离职): the account is closed, its keys unbound, its sessions ended, in one transaction.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::accounts::people;
use store::bindings::{self, By, EndReason};
use store::{Deed, StoreError, Tx, accounts, sessions};

use super::administrator;
use super::show::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 204. The administrator hands the administration over first.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    administrator(&session)?;
    let person = find(&state, &tenant, &session, &id).await?;
    if person.account.role == "administrator" {
        return Err(ErrorCode::LastAdministrator.into());
    }
    let deed = Leave {
        platform: tenant.id(),
        account: &person.account.id,
        by: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Leave<'a> {
    platform: &'a str,
    account: &'a Id,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Leave<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (platform, account, now) = (self.platform, self.account, self.now);
        // The account first: from here on nobody binds a key to it.
        if accounts::lock(tx.connection(), platform, account)
            .await?
            .is_none()
        {
            return Ok(Err(ErrorCode::RequestState));
        }
        if !people::leave(tx.connection(), platform, account, now).await? {
            return Ok(Err(ErrorCode::LastAdministrator));
        }
        let bound = bindings::of_account(tx.connection(), platform, account).await?;
        for binding in &bound {
            let (reason, by) = (EndReason::Left, By::Account(self.by));
            bindings::end_for(tx.connection(), platform, &binding.id, reason, by, now).await?;
        }
        sessions::end_all(tx.connection(), platform, account, None, now).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "account.left".into(),
            actor: Some(self.by.clone()),
            subject: Some(account.to_string()),
            detail: serde_json::json!({ "keys": bound.len() }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
