//! `POST /api/v1/documents/{id}/submission`: 提交签章. The document is published and changes no more.

use axum::Json;
use axum::extract::{Path, State};
use contract::{ErrorCode, Verdict};
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::documents::verifications::{self, Kept};
use store::documents::{self, Document};
use store::{Deed, StoreError, Tx};

use crate::http::documents::{DetailBody, detail, find};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::verifications::examine;
use crate::{AppState, Problem};

/// The published document. What the verifier says of it is kept with it; an invalid one is not published.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<DetailBody>, Problem> {
    let organisation = &session.account.organisation.id;
    let document = find(&state, &tenant, organisation, &id).await?;
    if document.state != "sealed" {
        return Err(ErrorCode::DocumentState.into());
    }
    let mapped = state.files.map(&document.object, document.size).await?;
    let report = examine(&state, &tenant, mapped, &document.name, &document.sha256).await?;
    if matches!(report.verdict, Verdict::Invalid | Verdict::Unsigned) {
        return Err(Problem::of(ErrorCode::SealMismatch).with_detail(
            "签章验证未通过，不能提交",
            "The seals do not verify; the document is not published",
        ));
    }
    let deed = Publish {
        platform: tenant.id(),
        document: &document,
        account: &session.account.id,
        report: serde_json::to_string(&report).map_err(|_| Problem::of(ErrorCode::Internal))?,
        verdict: report.verdict,
        kept: state.new_id(),
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let published = find(&state, &tenant, organisation, &id).await?;
    Ok(Json(detail(&state, &tenant, &published).await?))
}

struct Publish<'a> {
    platform: &'a str,
    document: &'a Document,
    account: &'a Id,
    report: String,
    verdict: Verdict,
    kept: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Publish<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let id = &self.document.id;
        let locked = documents::lock(
            tx.connection(),
            self.platform,
            &self.document.organisation,
            id,
        )
        .await?;
        // Another seal may have come in between: what is published is what was verified.
        if locked.is_none_or(|current| current.object != self.document.object)
            || !documents::publish(tx.connection(), self.platform, id, self.now).await?
        {
            return Ok(Err(ErrorCode::DocumentState));
        }
        let kept = Kept {
            id: &self.kept,
            document: id,
            sha256: &self.document.sha256,
            report: &self.report,
            at: self.now,
        };
        verifications::keep(tx.connection(), self.platform, kept).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "document.published".into(),
            actor: Some(self.account.clone()),
            subject: Some(id.to_string()),
            detail: serde_json::json!({ "sha256": self.document.sha256, "verdict": self.verdict })
                .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
