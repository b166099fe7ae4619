//! `DELETE /api/v1/deadlines/{id}`: takes a deadline back, with its reminder.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::{Deed, StoreError, Tx, deadlines, jobs};

use super::JOB;
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let deed = End {
        platform: tenant.id(),
        organisation: &session.account.organisation.id,
        deadline: &path_id(&id)?,
        by: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct End<'a> {
    platform: &'a str,
    organisation: &'a Id,
    deadline: &'a Id,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for End<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let ended = deadlines::end(
            tx.connection(),
            self.platform,
            self.organisation,
            self.deadline,
            self.now,
        )
        .await?;
        if !ended {
            return Ok(Err(ErrorCode::NotFound));
        }
        jobs::cancel(tx.connection(), JOB, self.deadline.as_str(), self.now).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "deadline.ended".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.deadline.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
