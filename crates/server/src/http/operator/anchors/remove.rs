//! `DELETE /api/v1/operator/anchors/{id}`: no further signature is verified against it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx, packages};

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let deed = Remove {
        platform: tenant.id(),
        anchor: &path_id(&id)?,
        by: &session.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Remove<'a> {
    platform: &'a str,
    anchor: &'a Id,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Remove<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        if !packages::remove_anchor(tx.connection(), self.platform, self.anchor, self.now).await? {
            return Ok(Err(ErrorCode::NotFound));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "package_anchor.removed".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.anchor.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
