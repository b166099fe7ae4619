//! `POST /api/v1/account/recovery`: whoever forgot their password comes back by the code to their telephone and the proof of
//! knowing the organisation: its unified social credit code. All sessions end, and no browser is known any more.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::password::Password;
use domain::registration::{AccountName, Phone};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::{Account, devices, people};
use store::{Deed, StoreError, Tx, sessions};

use super::new_password;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::http::phone_codes::{Purpose, spend};
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    phone: String,
    code: String,
    uscc: String,
    account: String,
    password: String,
}

/// 204. Whatever of the four does not fit gets one answer.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let phone: Phone = form.phone.parse().map_err(|_| ErrorCode::CodeWrong)?;
    let name: AccountName = form.account.parse().map_err(|_| ErrorCode::CodeWrong)?;
    let password = Password::new(form.password);
    password.check_new(&name).map_err(new_password::weak)?;
    let hash = new_password::hash(&state, password).await?;
    let found = state
        .store
        .account_by_name(tenant.id(), name.as_str())
        .await?;
    let uscc = form.uscc.trim().to_ascii_uppercase();
    let account = found.map(|(account, _)| account).filter(|account| {
        let open = matches!(account.state.as_str(), "active" | "locked");
        open && account.phone == phone.as_str() && account.organisation.uscc == uscc
    });
    let deed = Recover {
        platform: tenant.id(),
        phone: &phone,
        code: form.code.trim(),
        account: account.as_ref(),
        hash: &hash,
        entry: state.new_id(),
        now: state.now(),
    };
    let Ok(done) = state.store.perform(&deed).await?;
    if done {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::CodeWrong.into())
    }
}

struct Recover<'a> {
    platform: &'a str,
    phone: &'a Phone,
    code: &'a str,
    account: Option<&'a Account>,
    hash: &'a str,
    entry: Id,
    now: Timestamp,
}

impl Deed for Recover<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let (platform, phone, now) = (self.platform, self.phone.as_str(), self.now);
        // The code is spent whatever else does not fit: nobody tries codes for organisations with it.
        let right = spend(tx, platform, Purpose::Recover, phone, self.code, now).await?;
        let Some(account) = self.account.filter(|_| right) else {
            return Ok(Ok(false));
        };
        people::set_password(tx.connection(), platform, &account.id, self.hash).await?;
        people::phone_verified(tx.connection(), platform, &account.id, phone).await?;
        sessions::end_all(tx.connection(), platform, &account.id, None, now).await?;
        devices::forget(tx.connection(), platform, &account.id).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "account.recovered".into(),
            actor: Some(account.id.clone()),
            subject: Some(account.id.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(true))
    }
}
