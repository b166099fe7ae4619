//! `POST /api/v1/seals/applications/{id}/withdraw`: takes an application back, as long as no seal was made.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::seal::ApplicationEvent;
use domain::{Id, Timestamp};
use serde_json::{Value, json};
use store::seals::applications::{self, Stepped};
use store::{Deed, StoreError, Tx};

use super::{find, keeper};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 200 with its state.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    keeper(&session)?;
    let organisation = &session.account.organisation.id;
    let found = find(&state, tenant.id(), organisation, &id).await?;
    let deed = Withdraw {
        platform: tenant.id(),
        application: &found.id,
        account: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(Json(json!({ "id": found.id, "state": "withdrawn" })))
}

struct Withdraw<'a> {
    platform: &'a str,
    application: &'a Id,
    account: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Withdraw<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let found = applications::lock(tx.connection(), self.platform, self.application).await?;
        let Some(found) = found else {
            return Ok(Err(ErrorCode::NotFound));
        };
        let Some(next) = found.state.step(ApplicationEvent::Withdraw) else {
            return Ok(Err(ErrorCode::RequestState));
        };
        let step = Stepped {
            platform: self.platform,
            application: self.application,
            state: next,
            operator: None,
            note: None,
            at: self.now,
        };
        applications::step(tx.connection(), &step).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "seal_application.withdrawn".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.application.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
