//! `DELETE /api/v1/operator/packages/{id}`: 下架. The file and its row stay, and are offered to nobody.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx, packages};

use super::{find, wrong_state};
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let package = find(&state, &tenant, &id).await?;
    let deed = Withdraw {
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
    Ok(StatusCode::NO_CONTENT)
}

struct Withdraw<'a> {
    platform: &'a str,
    package: &'a Id,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Withdraw<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        if !packages::withdraw(
            tx.connection(),
            self.platform,
            self.package,
            self.by,
            self.now,
        )
        .await?
        {
            return Ok(Err(()));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "package.withdrawn".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.package.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
