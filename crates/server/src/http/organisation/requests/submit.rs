//! `POST /api/v1/organisation/requests/{id}/submit`: sends it in: whole, and with one paper at least.

use axum::Json;
use axum::extract::{Path, State};
use domain::organisation::Event;

use super::take;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::organisation::RequestBody;
use crate::{AppState, Problem};

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    take(&state, &tenant, &session, &id, Event::Submit).await
}
