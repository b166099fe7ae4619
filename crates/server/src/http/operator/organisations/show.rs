//! `GET /api/v1/operator/organisations/{id}`: one, with what it asked for.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::staff::Class;
use serde_json::{Value, json};

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::operator::organisation_requests::viewer;
use crate::http::organisation::{describe, describe_request};
use crate::{AppState, Problem};

/// Drafts are the organisation's own business.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    operator.require_to_read(Class::Business)?;
    let id = path_id(&id)?;
    let found = state.store.organisation(tenant.id(), &id).await?;
    let found = found.ok_or(ErrorCode::NotFound)?;
    let mut requests = Vec::new();
    for request in state.store.change_requests_of(tenant.id(), &id).await? {
        if request.submitted_at.is_some() {
            requests.push(describe_request(&state, &tenant, &request, viewer(&operator)).await?);
        }
    }
    let organisation = describe(&state, &tenant, &found).await?;
    Ok(Json(
        json!({ "organisation": organisation, "requests": requests }),
    ))
}
