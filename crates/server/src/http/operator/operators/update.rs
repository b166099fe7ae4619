//! `PUT /api/v1/operator/operators/{id}`: changes somebody's class and duties, dismisses them, resets a lost second factor.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::Duty;
use domain::audit::Entry;
use domain::registration::{DisplayName, Phone};
use domain::staff::Class;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::operators::{self, Listed, second_factor};
use store::{Deed, StoreError, Tx};

use super::{OperatorBody, check};
use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    person: String,
    phone: String,
    class: Class,
    #[serde(default)]
    duties: Vec<Duty>,
    #[serde(default)]
    ended: bool,
    #[serde(default)]
    reset_second_factor: bool,
    version: i64,
}

/// 200 with what stands now. Nobody changes themselves: whoever keeps the staff does not give themselves another class.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<OperatorBody>, Problem> {
    operator.require(Class::System)?;
    let id = path_id(&id)?;
    if id == operator.0.operator.id {
        return Err(Problem::of(ErrorCode::Forbidden)
            .with_detail("不能修改自己的职责", "Nobody changes their own duties"));
    }
    let person: DisplayName = form.person.parse().map_err(|e| shape(e, "姓名"))?;
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    if !(form.ended && form.duties.is_empty()) {
        check(form.class, &form.duties)?;
    }
    let find = async || -> Result<Listed, Problem> {
        let found = state.store.operators(tenant.id()).await?;
        let found = found.into_iter().find(|one| one.operator.id == id);
        found.ok_or_else(|| ErrorCode::NotFound.into())
    };
    let mut changed = find().await?;
    let now = state.now();
    person.as_str().clone_into(&mut changed.operator.person);
    phone.as_str().clone_into(&mut changed.operator.phone);
    changed.operator.class = form.class;
    changed.ended_at = form.ended.then(|| changed.ended_at.unwrap_or(now));
    let deed = Change {
        platform: tenant.id(),
        changed: &changed,
        version: form.version,
        duties: &form.duties,
        reset: form.reset_second_factor,
        by: &operator.0.operator.id,
        entry: state.new_id(),
        now,
    };
    state.store.perform(&deed).await??;
    Ok(Json(OperatorBody::of(&find().await?)))
}

struct Change<'a> {
    platform: &'a str,
    changed: &'a Listed,
    version: i64,
    duties: &'a [Duty],
    reset: bool,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Change<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (platform, operator, now) = (self.platform, &self.changed.operator, self.now);
        let (version, ended) = (self.version, self.changed.ended_at);
        if !operators::change(tx.connection(), platform, operator, version, ended).await? {
            return Ok(Err(ErrorCode::ChangedElsewhere));
        }
        for duty in self.duties {
            if !operators::grant(tx.connection(), platform, &operator.id, *duty, now).await? {
                return Ok(Err(ErrorCode::ClassConflict));
            }
        }
        if self.reset {
            second_factor::remove(tx.connection(), platform, &operator.id, now).await?;
        }
        // What they may do has changed: they log in anew.
        operators::end_sessions(tx.connection(), platform, &operator.id, now).await?;
        let detail = serde_json::json!({
            "class": operator.class, "duties": self.duties, "ended": ended.is_some(), "second_factor_reset": self.reset,
        });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "operator.changed".into(),
            actor: Some(self.by.clone()),
            subject: Some(operator.id.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
