//! `GET /api/v1/operator/organisation-requests/{id}`.

use axum::Json;
use axum::extract::{Path, State};
use domain::staff::Class;

use super::{find, viewer};
use crate::http::extract::{Operator, Tenant};
use crate::http::organisation::{RequestBody, describe_request};
use crate::{AppState, Problem};

/// With papers and history.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    operator.require_to_read(Class::Business)?;
    let request = find(&state, &tenant, &id).await?;
    describe_request(&state, &tenant, &request, viewer(&operator))
        .await
        .map(Json)
}
