//! `GET /api/v1/seals/{id}/uses?page=`: the record of each use of a seal (用印记录).

use axum::Json;
use axum::extract::{Path, Query, State};
use contract::ErrorCode;
use domain::seal::keeps_seals;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Rows of a page.
const ROWS: i64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    page: Option<i64>,
}

/// Newest first; for those who keep the seals, and for whose hand it is.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    let account = &session.account;
    let found = state
        .store
        .seal(tenant.id(), &account.organisation.id, &path_id(&id)?)
        .await?;
    let seal = found.ok_or(ErrorCode::NotFound)?;
    if !keeps_seals(&account.role) && seal.owner.as_ref() != Some(&account.id) {
        return Err(ErrorCode::Forbidden.into());
    }
    let offset = (parameters.page.unwrap_or(1).clamp(1, 10_000) - 1) * ROWS;
    let (uses, total) = state
        .store
        .seal_uses(tenant.id(), &seal.id, ROWS, offset)
        .await?;
    let items: Vec<Value> = uses
        .iter()
        .map(|one| {
            json!({
                "sealing": one.sealing, "document": { "id": one.document, "name": one.document_name }, "person": one.person,
                "account": one.account_name, "key_number": one.key_number, "grade": one.grade, "state": one.state, "at": rfc3339(one.at),
            })
        })
        .collect();
    Ok(Json(json!({ "items": items, "total": total })))
}
