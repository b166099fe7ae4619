//! `PUT /api/v1/account/password`: changes the password and ends all other sessions.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::password::Password;
use domain::registration::AccountName;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::people;
use store::{Deed, StoreError, Tx, sessions};

use super::{confirm, new_password};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    old: String,
    new: String,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let account = &session.account;
    confirm::password(&state, &tenant, account, form.old).await?;
    let name: AccountName = account.name.parse().map_err(|_| ErrorCode::Internal)?;
    let password = Password::new(form.new);
    password.check_new(&name).map_err(new_password::weak)?;
    let hash = new_password::hash(&state, password).await?;
    let deed = SetPassword {
        platform: tenant.id(),
        account: &account.id,
        hash: &hash,
        session: &session.id,
        entry: state.new_id(),
        now: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(StatusCode::NO_CONTENT)
}

struct SetPassword<'a> {
    platform: &'a str,
    account: &'a Id,
    hash: &'a str,
    session: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for SetPassword<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let (platform, account) = (self.platform, self.account);
        people::set_password(tx.connection(), platform, account, self.hash).await?;
        let except = Some(self.session);
        sessions::end_all(tx.connection(), platform, account, except, self.now).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "account.password_changed".into(),
            actor: Some(account.clone()),
            subject: Some(account.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
