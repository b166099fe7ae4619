//! `GET /api/v1/bindings/{id}/history`: every step of a binding and of those that it goes on from, the latest first; also of
//! one that has ended.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use serde::Serialize;

use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The steps.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<StepBody>,
}

#[derive(Debug, Serialize)]
struct StepBody {
    binding: String,
    key_number: String,
    at: String,
    event: String,
    by_role: String,
    by: Option<String>,
}

/// One's own binding, or for an administrator any of the organisation's.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<Body>, Problem> {
    let id = path_id(&id)?;
    let owner = state.store.owner_of_binding(tenant.id(), &id).await?;
    let (organisation, account) = owner.ok_or(ErrorCode::NotFound)?;
    let caller = &session.account;
    let own = account == caller.id || caller.role == "administrator";
    if organisation != caller.organisation.id || !own {
        return Err(ErrorCode::NotFound.into());
    }
    let steps = state.store.history_of(tenant.id(), &id).await?;
    Ok(Json(Body {
        items: steps
            .into_iter()
            .map(|step| StepBody {
                binding: step.binding.to_string(),
                key_number: step.key_number,
                at: rfc3339(step.at),
                event: step.event,
                // An operator's name is no supplier's business.
                by: step.person.filter(|_| step.by_role == "account"),
                by_role: step.by_role,
            })
            .collect(),
    }))
}
