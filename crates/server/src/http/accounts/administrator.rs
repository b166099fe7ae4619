//! `POST /api/v1/accounts/{id}/administrator` (移交管理员): the account becomes the administrator, and the caller a handler.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::people;
use store::{Deed, StoreError, Tx, organisations};

use super::administrator;
use super::show::find;
use crate::http::account::confirm;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// The caller's own password, again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    password: String,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    administrator(&session)?;
    let person = find(&state, &tenant, &session, &id).await?;
    if person.account.state != "active" || person.account.id == session.account.id {
        return Err(ErrorCode::RequestState.into());
    }
    confirm::password(&state, &tenant, &session.account, form.password).await?;
    let deed = HandOver {
        platform: tenant.id(),
        organisation: &session.account.organisation.id,
        from: &session.account.id,
        to: &person.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct HandOver<'a> {
    platform: &'a str,
    organisation: &'a Id,
    from: &'a Id,
    to: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for HandOver<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Self {
            platform,
            organisation,
            from,
            to,
            ..
        } = self;
        // One at a time: two that hand over to each other end with one administrator.
        organisations::lock(tx.connection(), platform, organisation).await?;
        if !people::hand_over(tx.connection(), platform, organisation, from, to).await? {
            return Ok(Err(ErrorCode::ChangedElsewhere));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: (*platform).to_owned(),
            at: self.now,
            action: "organisation.handed_over".into(),
            actor: Some((*from).clone()),
            subject: Some(organisation.to_string()),
            detail: serde_json::json!({ "to": to }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
