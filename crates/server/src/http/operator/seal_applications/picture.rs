//! `GET /api/v1/operator/seal-applications/{id}/picture.svg`.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::staff::Class;

use super::find;
use crate::http::extract::{Operator, Tenant};
use crate::{AppState, Problem};

/// What is to be made.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    operator.require_to_read(Class::Business)?;
    crate::http::seals::svg(&find(&state, &tenant, &id).await?.picture)
}
