//! `POST /api/v1/accounts`: invites a person. A code goes to their telephone; with it they choose their password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::{AccountName, DisplayName, Phone};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::{self, NewAccount, departments};
use store::{Deed, StoreError, Tx};

use super::invitation::{Invitation, invite};
use super::{PersonBody, administrator, post};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    account: String,
    #[serde(alias = "name")]
    person: String,
    phone: String,
    role: String,
    department: Option<Id>,
}

/// 201 with the account, invited.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<PersonBody>), Problem> {
    administrator(&session)?;
    let name: AccountName = form.account.parse().map_err(|e| shape(e, "账号"))?;
    let person: DisplayName = form.person.parse().map_err(|e| shape(e, "姓名"))?;
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    let role = post(&form.role)?;
    let organisation = &session.account.organisation;
    if let Some(department) = &form.department {
        let found = state
            .store
            .department(tenant.id(), &organisation.id, department)
            .await?;
        found.ok_or(ErrorCode::NotFound)?;
    }
    let deed = Invite {
        platform: tenant.id(),
        organisation: &organisation.id,
        department: form.department.as_ref(),
        account: state.new_id(),
        name: &name,
        person: &person,
        phone: &phone,
        role,
        by: &session.account.id,
        invitation: Invitation::new(&state, &tenant, &organisation.name),
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let made = state.store.person(tenant.id(), &deed.account).await?;
    let made = made.ok_or(ErrorCode::Internal)?;
    Ok((StatusCode::CREATED, Json(PersonBody::of(&made, true))))
}

struct Invite<'a> {
    platform: &'a str,
    organisation: &'a Id,
    department: Option<&'a Id>,
    account: Id,
    name: &'a AccountName,
    person: &'a DisplayName,
    phone: &'a Phone,
    role: &'static str,
    by: &'a Id,
    invitation: Invitation,
    entry: Id,
    now: Timestamp,
}

impl Deed for Invite<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (platform, account) = (self.platform, &self.account);
        let new = NewAccount {
            id: account,
            platform,
            organisation: self.organisation,
            name: self.name.as_str(),
            person: self.person.as_str(),
            phone: self.phone.as_str(),
            role: self.role,
            password_hash: "",
            at: self.now,
        };
        if !accounts::insert_account(tx.connection(), &new).await? {
            return Ok(Err(ErrorCode::AccountExists));
        }
        departments::place(
            tx.connection(),
            platform,
            self.organisation,
            account,
            self.department,
        )
        .await?;
        let (name, phone) = (self.name.as_str(), self.phone.as_str());
        invite(
            tx,
            platform,
            account,
            name,
            phone,
            &self.invitation,
            self.now,
        )
        .await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "account.invited".into(),
            actor: Some(self.by.clone()),
            subject: Some(account.to_string()),
            detail: serde_json::json!({ "role": self.role }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
