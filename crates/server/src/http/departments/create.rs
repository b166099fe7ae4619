//! `POST /api/v1/departments`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::DisplayName;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::departments::{self, Department, NewDepartment};
use store::{Deed, StoreError, Tx};

use super::DepartmentBody;
use crate::http::accounts::administrator;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// Levels of the tree.
pub const DEEPEST: i64 = 5;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    name: String,
    parent: Option<Id>,
}

/// 201 with the department.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<DepartmentBody>), Problem> {
    administrator(&session)?;
    let name: DisplayName = form.name.parse().map_err(|e| shape(e, "部门名称"))?;
    let organisation = &session.account.organisation.id;
    let parent = match &form.parent {
        Some(parent) => {
            let found = state.store.department(tenant.id(), organisation, parent);
            Some(found.await?.ok_or(ErrorCode::NotFound)?)
        }
        None => None,
    };
    if parent
        .as_ref()
        .is_some_and(|parent| parent.depth >= DEEPEST)
    {
        return Err(ErrorCode::DepartmentDepth.into());
    }
    let deed = Create {
        platform: tenant.id(),
        organisation,
        department: state.new_id(),
        name: &name,
        parent: parent.as_ref(),
        by: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let made = state
        .store
        .department(tenant.id(), organisation, &deed.department)
        .await?;
    let made = made.ok_or(ErrorCode::Internal)?;
    Ok((StatusCode::CREATED, Json(DepartmentBody::of(&made))))
}

struct Create<'a> {
    platform: &'a str,
    organisation: &'a Id,
    department: Id,
    name: &'a DisplayName,
    parent: Option<&'a Department>,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Create<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let new = NewDepartment {
            id: &self.department,
            platform: self.platform,
            organisation: self.organisation,
            name: self.name.as_str(),
            parent: self.parent.map(|parent| (&parent.id, parent.depth)),
            at: self.now,
        };
        if !departments::insert(tx.connection(), &new).await? {
            return Ok(Err(ErrorCode::NameTaken));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "department.created".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.department.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
