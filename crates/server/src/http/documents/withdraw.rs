//! `POST /api/v1/documents/{id}/withdrawal`: takes all seals back, before submission.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::documents::{self, Document, Revision, sealings};
use store::{Deed, StoreError, Tx};

use crate::http::documents::{DetailBody, detail, find};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The document as it was uploaded. Published is published: then nothing goes back.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<DetailBody>, Problem> {
    let organisation = &session.account.organisation.id;
    let document = find(&state, &tenant, organisation, &id).await?;
    let deed = Withdraw {
        platform: tenant.id(),
        document: &document,
        account: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    for dropped in state.store.perform(&deed).await?? {
        state.files.discard(&dropped).await;
    }
    let current = find(&state, &tenant, organisation, &id).await?;
    Ok(Json(detail(&state, &tenant, &current).await?))
}

struct Withdraw<'a> {
    platform: &'a str,
    document: &'a Document,
    account: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Withdraw<'_> {
    /// The objects that no row names any more.
    type Done = Vec<String>;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Vec<String>, ErrorCode>, StoreError> {
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
        let Some(first) = done.first().filter(|_| current.state == "sealed") else {
            return Ok(Err(ErrorCode::DocumentState));
        };
        let uploaded = Revision {
            object: &first.base_object,
            size: first.base_size,
            sha256: &first.base_sha256,
        };
        let mut undone = documents::revise(
            tx.connection(),
            self.platform,
            id,
            &current.object,
            uploaded,
            "draft",
            self.now,
        )
        .await?;
        for sealing in &done {
            undone &= sealings::undo(tx.connection(), self.platform, &sealing.id, self.now).await?;
        }
        if !undone {
            return Ok(Err(ErrorCode::DocumentState));
        }
        let mut dropped: Vec<String> = done
            .iter()
            .filter_map(|sealing| sealing.result_object.clone())
            .collect();
        if !dropped.contains(&current.object) {
            dropped.push(current.object.clone());
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "document.withdrawn".into(),
            actor: Some(self.account.clone()),
            subject: Some(id.to_string()),
            detail: serde_json::json!({
                "sealings": done.iter().map(|sealing| sealing.id.to_string()).collect::<Vec<_>>(),
                "sha256": current.sha256,
            })
            .to_string(),
        })
        .await?;
        Ok(Ok(dropped))
    }
}
