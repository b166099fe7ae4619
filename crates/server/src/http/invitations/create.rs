//! `POST /api/v1/invitations`: account name, code, and the password that is chosen; then the account is active.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::password::Password;
use domain::registration::AccountName;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::{Account, invitations, people};
use store::{Deed, StoreError, Tx};

use crate::http::account::{confirm, new_password};
use crate::http::accounts::invitation;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Tries of one code.
const TRIES: i64 = 5;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    account: String,
    code: String,
    password: String,
}

/// 204. A wrong name and a wrong code give one answer.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let name: AccountName = form.account.parse().map_err(|_| ErrorCode::CodeWrong)?;
    let password = Password::new(form.password);
    password.check_new(&name).map_err(new_password::weak)?;
    let hash = new_password::hash(&state, password).await?;
    let found = state
        .store
        .account_by_name(tenant.id(), name.as_str())
        .await?;
    let account = found.map(|(account, _)| account);
    let account = account.filter(|account| account.state == "invited");
    let account = account.ok_or(ErrorCode::CodeWrong)?;
    let deed = Accept {
        platform: tenant.id(),
        account: &account,
        code: form.code.trim(),
        password_hash: &hash,
        entry: state.new_id(),
        now: state.now(),
    };
    if state.store.perform(&deed).await?? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::CodeWrong.into())
    }
}

struct Accept<'a> {
    platform: &'a str,
    account: &'a Account,
    code: &'a str,
    password_hash: &'a str,
    entry: Id,
    now: Timestamp,
}

impl Deed for Accept<'_> {
    /// Whether the code was right; a wrong one is counted, so the transaction stands.
    type Done = bool;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, ErrorCode>, StoreError> {
        let (platform, account, now) = (self.platform, &self.account.id, self.now);
        let kept = invitations::try_code(tx.connection(), platform, account, TRIES, now).await?;
        let Some(kept) = kept else {
            return Ok(Ok(false));
        };
        if !confirm::same(&kept, &invitation::hash(account, self.code)) {
            return Ok(Ok(false));
        }
        invitations::used(tx.connection(), platform, account, now).await?;
        people::set_password(tx.connection(), platform, account, self.password_hash).await?;
        let phone = &self.account.phone;
        people::phone_verified(tx.connection(), platform, account, phone).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "account.joined".into(),
            actor: Some(account.clone()),
            subject: Some(account.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(true))
    }
}
