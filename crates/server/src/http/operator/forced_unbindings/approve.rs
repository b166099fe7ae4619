//! `POST /api/v1/operator/forced-unbindings/{id}/approve`: the first of two approvals, the second by somebody else, after
//! which the old owner has the platform's working days to object; and a third person's word against an objection.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::binding::forced::Event;
use domain::calendar::{close_of_business, day_in_china};
use domain::staff::Class;
use store::bindings::forced::Said;

use super::show::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::forced_unbindings::{ForcedBody, Take, Viewer, describe};
use crate::{AppState, Problem};

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<ForcedBody>, Problem> {
    operator.require(Class::Business)?;
    let forced = find(&state, &tenant, &id).await?;
    let by = &operator.0.operator.id;
    let days = tenant.platform().policies.forced_unbinding_days;
    let today = day_in_china(state.now());
    let until = close_of_business(tenant.rules.calendar.working_days_after(today, days));
    let event = Event::Approve {
        by: by.clone(),
        until,
    };
    let said = Said {
        role: "operator",
        by: Some(by),
        note: None,
    };
    let deed = Take::new(&state, tenant.id(), &forced.id, event, said);
    state.store.perform(&deed).await??;
    state.jobs_changed.notify_one();
    let found = state.store.forced(tenant.id(), &forced.id).await?;
    let forced = found.ok_or(ErrorCode::Internal)?;
    let body = describe(&state, &tenant, &forced, Viewer::Operator).await?;
    Ok(Json(body))
}
