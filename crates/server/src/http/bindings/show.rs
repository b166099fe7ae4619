//! `GET /api/v1/bindings/{id}`: a standing binding with its chain.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;

use super::BindingBody;
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// One's own, or for an administrator any of the organisation's.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<BindingBody>, Problem> {
    let found = state.store.binding(tenant.id(), &path_id(&id)?).await?;
    let caller = &session.account;
    let binding = found
        .filter(|binding| {
            let own = binding.account == caller.id || caller.role == "administrator";
            binding.organisation == caller.organisation.id && own
        })
        .ok_or(ErrorCode::NotFound)?;
    let chain = state.store.chain_of(tenant.id(), &binding).await?;
    Ok(Json(BindingBody::of(
        &tenant,
        &binding,
        &chain,
        state.now(),
    )))
}
