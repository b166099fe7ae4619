//! `POST /api/v1/operator/packages/{id}/publication`: offers a draft. What was offered for the same thing on the same
//! system is withdrawn in the same transaction, and kept.

use axum::Json;
use axum::extract::{Path, State};
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx, packages};

use super::{PackageBody, find, wrong_state};
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// The package as it is offered now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
) -> Result<Json<PackageBody>, Problem> {
    let package = find(&state, &tenant, &id).await?;
    let deed = Publish {
        platform: tenant.id(),
        package: &package.id,
        by: &session.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state
        .store
        .perform(&deed)
        .await?
        .map_err(|()| wrong_state())?;
    let package = find(&state, &tenant, &id).await?;
    Ok(Json(PackageBody::of(&package)))
}

struct Publish<'a> {
    platform: &'a str,
    package: &'a Id,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Publish<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let published = packages::publish(
            tx.connection(),
            self.platform,
            self.package,
            self.by,
            self.now,
        )
        .await?;
        let Some(superseded) = published else {
            return Ok(Err(()));
        };
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "package.published".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.package.to_string()),
            detail: serde_json::json!({ "superseded": superseded }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
