//! `GET /api/v1/operator/forced-unbindings/{id}/materials/{mid}`.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::staff::Class;
use store::organisations::papers::With;

use super::show::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::papers;
use crate::{AppState, Problem};

/// The file itself.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path((id, paper)): Path<(String, String)>,
) -> Result<Response, Problem> {
    operator.require_to_read(Class::Business)?;
    let forced = find(&state, &tenant, &id).await?;
    papers::show(&state, &tenant, With::Forced(&forced.id), &paper).await
}
