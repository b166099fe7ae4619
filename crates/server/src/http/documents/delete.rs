//! `DELETE /api/v1/documents/{id}`: deletes a draft.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::documents;
use store::{Deed, StoreError, Tx};

use crate::http::documents::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 204. A sealed or published document stays: what was signed is not lost by a click.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let document = find(&state, &tenant, &session.account.organisation.id, &id).await?;
    let deed = Delete {
        platform: tenant.id(),
        document: &document.id,
        account: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    state.files.discard(&document.object).await;
    Ok(StatusCode::NO_CONTENT)
}

struct Delete<'a> {
    platform: &'a str,
    document: &'a Id,
    account: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Delete<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        if !documents::delete(tx.connection(), self.platform, self.document, self.now).await? {
            return Ok(Err(ErrorCode::DocumentState));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "document.deleted".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.document.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
