//! `POST /api/v1/operator/forced-unbindings/{id}/reject`: refuses it, with the reason.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::binding::forced::Event;
use domain::staff::Class;
use serde::Deserialize;
use store::bindings::forced::Said;

use super::show::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::forced_unbindings::object::note;
use crate::http::forced_unbindings::{ForcedBody, Take, Viewer, describe};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    reason: String,
}

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<ForcedBody>, Problem> {
    operator.require(Class::Business)?;
    let forced = find(&state, &tenant, &id).await?;
    let said = Said {
        role: "operator",
        by: Some(&operator.0.operator.id),
        note: Some(note(&form.reason)?),
    };
    let deed = Take::new(&state, tenant.id(), &forced.id, Event::Reject, said);
    state.store.perform(&deed).await??;
    let found = state.store.forced(tenant.id(), &forced.id).await?;
    let forced = found.ok_or(ErrorCode::Internal)?;
    let body = describe(&state, &tenant, &forced, Viewer::Operator).await?;
    Ok(Json(body))
}
