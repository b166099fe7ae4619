//! `/api/v1/operator/productions/{id}`: the conversation of a production, step by step.

pub mod prepared;
pub mod show;
pub mod written;

use contract::ErrorCode;
use store::applications::productions::Production;

use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// A production of an operator's.
///
/// # Errors
/// `not_found`.
pub async fn find(state: &AppState, tenant: &Tenant, id: &str) -> Result<Production, Problem> {
    let found = state.store.production(tenant.id(), &path_id(id)?).await?;
    found
        .filter(|production| production.kind == "produce")
        .ok_or_else(|| ErrorCode::NotFound.into())
}
