//! `POST /api/v1/forced-unbindings/{id}/submit`: sends it in; the operators see it and the old owner is told.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::binding::forced::Event;
use store::bindings::forced::Said;

use super::show::find_as;
use super::{ForcedBody, Take, Viewer, describe};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<ForcedBody>, Problem> {
    let forced = find_as(&state, &tenant, &session, &id, Viewer::Requester).await?;
    let said = Said {
        role: "supplier",
        by: Some(&session.account.id),
        note: None,
    };
    let event = Event::Submit { papers: 0 };
    let deed = Take::new(&state, tenant.id(), &forced.id, event, said);
    state.store.perform(&deed).await??;
    let found = state.store.forced(tenant.id(), &forced.id).await?;
    let forced = found.ok_or(ErrorCode::Internal)?;
    let body = describe(&state, &tenant, &forced, Viewer::Requester).await?;
    Ok(Json(body))
}
