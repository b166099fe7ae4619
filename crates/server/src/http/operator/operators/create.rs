//! `POST /api/v1/operator/operators`: appoints somebody, with a first password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::application::Duty;
use domain::audit::Entry;
use domain::password::Password;
use domain::registration::{AccountName, DisplayName, Phone};
use domain::staff::Class;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::operators::{self, NewOperator};
use store::{Deed, StoreError, Tx};

use super::{OperatorBody, check};
use crate::http::account::new_password;
use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    name: String,
    person: String,
    phone: String,
    class: Class,
    #[serde(default)]
    duties: Vec<Duty>,
    password: String,
}

/// 201 with the operator.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<OperatorBody>), Problem> {
    operator.require(Class::System)?;
    let name: AccountName = form.name.parse().map_err(|e| shape(e, "账号"))?;
    let person: DisplayName = form.person.parse().map_err(|e| shape(e, "姓名"))?;
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    check(form.class, &form.duties)?;
    let password = Password::new(form.password);
    password.check_new(&name).map_err(new_password::weak)?;
    let hash = new_password::hash(&state, password).await?;
    let deed = Appoint {
        platform: tenant.id(),
        id: state.new_id(),
        name: &name,
        person: &person,
        phone: &phone,
        class: form.class,
        duties: &form.duties,
        hash: &hash,
        by: &operator.0.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let found = state.store.operators(tenant.id()).await?;
    let made = found.iter().find(|one| one.operator.id == deed.id);
    let made = made.ok_or(ErrorCode::Internal)?;
    Ok((StatusCode::CREATED, Json(OperatorBody::of(made))))
}

struct Appoint<'a> {
    platform: &'a str,
    id: Id,
    name: &'a AccountName,
    person: &'a DisplayName,
    phone: &'a Phone,
    class: Class,
    duties: &'a [Duty],
    hash: &'a str,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Appoint<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let new = NewOperator {
            id: &self.id,
            platform: self.platform,
            name: self.name.as_str(),
            person: self.person.as_str(),
            phone: self.phone.as_str(),
            password_hash: self.hash,
            at: self.now,
        };
        if !operators::insert(tx.connection(), &new).await? {
            return Ok(Err(ErrorCode::AccountExists));
        }
        operators::classify(tx.connection(), self.platform, &self.id, self.class).await?;
        for duty in self.duties {
            if !operators::grant(tx.connection(), self.platform, &self.id, *duty, self.now).await? {
                return Ok(Err(ErrorCode::ClassConflict));
            }
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "operator.appointed".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.id.to_string()),
            detail: serde_json::json!({ "class": self.class, "duties": self.duties }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
