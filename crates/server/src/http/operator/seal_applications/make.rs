//! `POST /api/v1/operator/seal-applications/{id}/make`: 制章, by another person than the reviewer. The seal is there and
//! waits to be put in force by its organisation; the maker signs its first object where a bound key may use it.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::Duty;
use domain::audit::Entry;
use domain::seal::{ApplicationEvent, State as Stage};
use domain::{Id, Timestamp};
use serde_json::{Value, json};
use store::seals::applications::{self, Application};
use store::seals::{self, Holders, Seal};
use store::{Deed, StoreError, Tx};

use super::{duties, find, require, show};
use crate::http::extract::{Operator, Tenant};
use crate::http::seals::applications::HoldersForm;
use crate::{AppState, Problem};

/// 200 with the application, which names its seal.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    require(&state, &tenant, &operator, Duty::Production).await?;
    let application = find(&state, &tenant, &id).await?;
    if application.reviewed_by.as_ref() == Some(&operator.0.operator.id) {
        return Err(ErrorCode::SamePerson.into());
    }
    let holders: HoldersForm =
        serde_json::from_str(&application.holders).map_err(|_| ErrorCode::Internal)?;
    let seal = state.new_id();
    let deed = Make {
        platform: tenant.id(),
        application: &application,
        holders: &holders.read()?,
        seal: &seal,
        by: &operator.0.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    crate::seals::current_object(&state, &tenant, &seal).await?;
    let found = find(&state, &tenant, &id).await?;
    let duties = duties(&state, &tenant, &operator).await?;
    Ok(Json(
        show(&state, &tenant, &operator, &duties, &found).await?,
    ))
}

struct Make<'a> {
    platform: &'a str,
    application: &'a Application,
    holders: &'a Holders,
    seal: &'a Id,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Make<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let platform = self.platform;
        let found = applications::lock(tx.connection(), platform, &self.application.id).await?;
        let Some(found) = found else {
            return Ok(Err(ErrorCode::NotFound));
        };
        let Some(next) = found.state.step(ApplicationEvent::Make) else {
            return Ok(Err(ErrorCode::RequestState));
        };
        let seal = Seal {
            id: self.seal.clone(),
            name: found.name.clone(),
            kind: found.kind.clone(),
            width_mm: found.width_mm,
            height_mm: found.height_mm,
            picture: found.picture.clone(),
            state: Stage::Made,
            version: 1,
            needs_approval: found.needs_approval,
            owner: None,
            application: Some(found.id.clone()),
            created_at: self.now,
        };
        seals::insert(tx.connection(), platform, &found.organisation, &seal).await?;
        // Somebody may have left since it was applied for: those who are there may use it, and a keeper names others.
        let holders =
            seals::present(tx.connection(), platform, &found.organisation, self.holders).await?;
        seals::set_holders(
            tx.connection(),
            platform,
            self.seal,
            &holders,
            found.needs_approval,
        )
        .await?;
        let made = seals::Stepped {
            platform,
            seal: self.seal,
            state: Stage::Made,
            operator: true,
            by: self.by,
            note: None,
            at: self.now,
        };
        seals::remember(tx.connection(), &made).await?;
        let step = applications::Stepped {
            platform,
            application: &found.id,
            state: next,
            operator: Some(self.by),
            note: None,
            at: self.now,
        };
        applications::step(tx.connection(), &step).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "seal.made".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.seal.to_string()),
            detail: json!({ "application": found.id, "kind": found.kind }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
