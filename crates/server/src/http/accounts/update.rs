//! `PUT /api/v1/accounts/{id}`: what an administrator changes of an account: person, telephone, role, department, whether it
//! is locked, whether it logs in with a key.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::{DisplayName, Phone};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::people::{self, Change};
use store::accounts::{self, departments};
use store::{Deed, StoreError, Tx, sessions};

use super::show::find;
use super::{PersonBody, administrator, post};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    #[serde(alias = "name")]
    person: String,
    phone: String,
    /// The administrator's own stays as it is.
    role: String,
    department: Option<Id>,
    ca_login: String,
    /// `active` or `locked`.
    #[serde(default = "active")]
    state: String,
    version: i64,
}

fn active() -> String {
    "active".to_owned()
}

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<PersonBody>, Problem> {
    administrator(&session)?;
    let seen = find(&state, &tenant, &session, &id).await?;
    let name: DisplayName = form.person.parse().map_err(|e| shape(e, "姓名"))?;
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    let is_administrator = seen.account.role == "administrator";
    let role = if is_administrator && form.role == "administrator" {
        None
    } else if is_administrator {
        return Err(ErrorCode::LastAdministrator.into());
    } else {
        Some(post(&form.role)?)
    };
    let words = [
        ("allowed", &form.ca_login),
        ("disabled", &form.ca_login),
        ("required", &form.ca_login),
    ];
    let known = words.into_iter().any(|(word, given)| word == given)
        && matches!(form.state.as_str(), "active" | "locked" | "invited");
    if !known {
        return Err(ErrorCode::Invalid.into());
    }
    if is_administrator && form.state == "locked" {
        return Err(ErrorCode::LastAdministrator.into());
    }
    let organisation = &session.account.organisation.id;
    if let Some(department) = &form.department {
        let found = state
            .store
            .department(tenant.id(), organisation, department)
            .await?;
        found.ok_or(ErrorCode::NotFound)?;
    }
    let account = &seen.account.id;
    let deed = Update {
        change: Change {
            platform: tenant.id(),
            account,
            version: form.version,
            person: name.as_str(),
            phone: phone.as_str(),
            post: role,
            state: if form.state == "locked" {
                "locked"
            } else {
                "active"
            },
            ca_login: &form.ca_login,
        },
        organisation,
        department: form.department.as_ref(),
        by: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let stands = state.store.person(tenant.id(), account).await?;
    let stands = stands.ok_or(ErrorCode::Internal)?;
    Ok(Json(PersonBody::of(&stands, true)))
}

struct Update<'a> {
    change: Change<'a>,
    organisation: &'a Id,
    department: Option<&'a Id>,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Update<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Change {
            platform, account, ..
        } = self.change;
        if !people::change(tx.connection(), &self.change).await? {
            return Ok(Err(ErrorCode::ChangedElsewhere));
        }
        accounts::lock(tx.connection(), platform, account).await?;
        departments::place(
            tx.connection(),
            platform,
            self.organisation,
            account,
            self.department,
        )
        .await?;
        if self.change.state == "locked" {
            sessions::end_all(tx.connection(), platform, account, None, self.now).await?;
        }
        let detail = serde_json::json!({ "role": self.change.post, "state": self.change.state, "ca_login": self.change.ca_login });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "account.changed".into(),
            actor: Some(self.by.clone()),
            subject: Some(account.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
