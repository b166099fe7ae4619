//! `GET /api/v1/applications/{id}` and `GET /api/v1/operator/applications/{id}`: one application whole.

use axum::Json;
use axum::extract::{Path, State};

use crate::applications::Caller;
use crate::applications::view::{self, Detail};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// With what the caller may do now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    view::detail(&state, &tenant, &caller, &application)
        .await
        .map(Json)
}
