//! `GET /api/v1/organisation/requests/{id}`.

use axum::Json;
use axum::extract::{Path, State};

use super::{find, viewer};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::organisation::{RequestBody, describe_request};
use crate::{AppState, Problem};

/// To everybody of the organisation.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    let request = find(&state, &tenant, &session, &id).await?;
    describe_request(&state, &tenant, &request, viewer(&session))
        .await
        .map(Json)
}
