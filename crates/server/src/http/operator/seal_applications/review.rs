//! `POST /api/v1/operator/seal-applications/{id}/review {decision, note?}`: 审核.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::Duty;
use domain::audit::Entry;
use domain::seal::ApplicationEvent;
use domain::{Id, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::applications::{self, Stepped};
use store::{Deed, StoreError, Tx};

use super::{duties, find, require, show};
use crate::http::extract::{Operator, Tenant};
use crate::http::forced_unbindings::object;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What is decided; a refusal has a reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    decision: ApplicationEvent,
    note: Option<String>,
}

/// 200 with the application.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Value>, Problem> {
    require(&state, &tenant, &operator, Duty::Review).await?;
    let approves = match form.decision {
        ApplicationEvent::Approve => true,
        ApplicationEvent::Reject => false,
        ApplicationEvent::Withdraw | ApplicationEvent::Make => {
            return Err(ErrorCode::Invalid.into());
        }
    };
    let said = match form.note.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Some(object::note(text)?),
        _ if approves => None,
        _ => Some(object::note("")?),
    };
    let application = find(&state, &tenant, &id).await?;
    let deed = Review {
        platform: tenant.id(),
        application: &application.id,
        event: form.decision,
        note: said,
        by: &operator.0.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let found = find(&state, &tenant, &id).await?;
    let duties = duties(&state, &tenant, &operator).await?;
    Ok(Json(
        show(&state, &tenant, &operator, &duties, &found).await?,
    ))
}

struct Review<'a> {
    platform: &'a str,
    application: &'a Id,
    event: ApplicationEvent,
    note: Option<&'a str>,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Review<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let found = applications::lock(tx.connection(), self.platform, self.application).await?;
        let Some(next) = found.and_then(|found| found.state.step(self.event)) else {
            return Ok(Err(ErrorCode::RequestState));
        };
        let step = Stepped {
            platform: self.platform,
            application: self.application,
            state: next,
            operator: Some(self.by),
            note: self.note,
            at: self.now,
        };
        applications::step(tx.connection(), &step).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "seal_application.reviewed".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.application.to_string()),
            detail: json!({ "state": next.word() }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
