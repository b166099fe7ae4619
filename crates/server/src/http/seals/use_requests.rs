//! 用印审批: `POST /api/v1/seals/{id}/use-requests`, `GET /api/v1/seals/use-requests`, and what is decided.

pub mod create;
pub mod decide;
pub mod list;
pub mod withdraw;

use domain::Span;
use serde_json::{Value, json};
use store::seals::uses::UseRequest;

use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// How long an approval counts.
pub const LIFE: Span = Span::hours(24 * 30);
/// Most documents of one request.
pub const MAX_DOCUMENTS: usize = 50;

/// A request in JSON.
///
/// # Errors
/// Those of the store.
pub async fn describe(
    state: &AppState,
    tenant: &Tenant,
    request: &UseRequest,
    next: &[&str],
) -> Result<Value, Problem> {
    let documents = state
        .store
        .seal_use_documents(tenant.id(), &request.id)
        .await?;
    let documents: Vec<Value> = documents
        .iter()
        .map(|one| json!({ "id": one.document, "name": one.name }))
        .collect();
    Ok(json!({
        "id": request.id, "seal": { "id": request.seal, "name": request.seal_name }, "person": request.person,
        "documents": documents, "note": request.note, "state": request.state, "requested_at": rfc3339(request.requested_at),
        "decided_by": request.decided_by, "decided_at": request.decided_at.map(rfc3339), "decision_note": request.decision_note,
        "expires_at": request.expires_at.map(rfc3339), "next": next,
    }))
}
