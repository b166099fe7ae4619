//! `GET /api/v1/operator/forced-unbindings/{id}`.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::binding::forced::State as Stage;
use domain::staff::Class;
use store::bindings::forced::Forced;

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::forced_unbindings::{ForcedBody, Viewer, describe};
use crate::{AppState, Problem};

/// What was sent in.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<ForcedBody>, Problem> {
    operator.require_to_read(Class::Business)?;
    let forced = find(&state, &tenant, &id).await?;
    describe(&state, &tenant, &forced, Viewer::Operator)
        .await
        .map(Json)
}

/// The one of a path, once it was sent in.
///
/// # Errors
/// `not_found`.
pub async fn find(state: &AppState, tenant: &Tenant, id: &str) -> Result<Forced, Problem> {
    let found = state.store.forced(tenant.id(), &path_id(id)?).await?;
    found
        .filter(|forced| forced.facts.state != Stage::Draft && forced.submitted_at.is_some())
        .ok_or_else(|| ErrorCode::NotFound.into())
}
