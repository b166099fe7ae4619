//! `PUT /api/v1/account/phone`: a new telephone number, with the code that came to it.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::Phone;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::people;
use store::{Deed, StoreError, Tx};

use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::http::phone_codes::{Purpose, spend};
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    phone: String,
    code: String,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    let deed = SetPhone {
        platform: tenant.id(),
        account: &session.account.id,
        phone: &phone,
        code: form.code.trim(),
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

struct SetPhone<'a> {
    platform: &'a str,
    account: &'a Id,
    phone: &'a Phone,
    code: &'a str,
    entry: Id,
    now: Timestamp,
}

impl Deed for SetPhone<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let (platform, phone, now) = (self.platform, self.phone.as_str(), self.now);
        if !spend(tx, platform, Purpose::Phone, phone, self.code, now).await? {
            return Ok(Ok(false));
        }
        people::set_phone(tx.connection(), platform, self.account, phone).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "account.phone_changed".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.account.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(true))
    }
}
