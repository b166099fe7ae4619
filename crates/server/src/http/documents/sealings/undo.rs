//! `DELETE /api/v1/documents/{id}/sealings/{sealing}`: takes the last seal back, before submission.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::documents::{self, Document, Revision, sealings};
use store::{Deed, StoreError, Tx};

use crate::http::documents::{DetailBody, detail, find, path_id};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The document as it was before that seal. Only the last seal can go: every other one is under a later signature.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path((id, sealing)): Path<(String, String)>,
) -> Result<Json<DetailBody>, Problem> {
    let organisation = &session.account.organisation.id;
    let document = find(&state, &tenant, organisation, &id).await?;
    let deed = Undo {
        platform: tenant.id(),
        document: &document,
        sealing: path_id(&sealing)?,
        account: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    let dropped = state.store.perform(&deed).await??;
    state.files.discard(&dropped).await;
    let current = find(&state, &tenant, organisation, &id).await?;
    Ok(Json(detail(&state, &tenant, &current).await?))
}

struct Undo<'a> {
    platform: &'a str,
    document: &'a Document,
    sealing: Id,
    account: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Undo<'_> {
    /// The object that no row names any more.
    type Done = String;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<String, ErrorCode>, StoreError> {
        let id = &self.document.id;
        let locked = documents::lock(
            tx.connection(),
            self.platform,
            &self.document.organisation,
            id,
        )
        .await?;
        let Some(current) = locked else {
            return Ok(Err(ErrorCode::NotFound));
        };
        let done = sealings::of_document(tx.connection(), self.platform, id).await?;
        let Some(last) = done.iter().find(|sealing| sealing.id == self.sealing) else {
            return Ok(Err(ErrorCode::NotFound));
        };
        // The last seal is the one that made the current revision.
        if current.state != "sealed" || last.result_object.as_deref() != Some(&current.object) {
            return Ok(Err(ErrorCode::DocumentState));
        }
        let base = Revision {
            object: &last.base_object,
            size: last.base_size,
            sha256: &last.base_sha256,
        };
        let state = if done.len() > 1 { "sealed" } else { "draft" };
        let undone = sealings::undo(tx.connection(), self.platform, &last.id, self.now).await?
            && documents::revise(
                tx.connection(),
                self.platform,
                id,
                &current.object,
                base,
                state,
                self.now,
            )
            .await?;
        if !undone {
            return Ok(Err(ErrorCode::DocumentState));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "sealing.undone".into(),
            actor: Some(self.account.clone()),
            subject: Some(last.id.to_string()),
            detail: serde_json::json!({ "document": id, "sha256": current.sha256 }).to_string(),
        })
        .await?;
        Ok(Ok(current.object))
    }
}
