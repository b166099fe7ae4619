//! `/api/v1/applications/{id}/materials`: the papers.

pub mod create;
pub mod delete;
pub mod preview;
pub mod show;

use contract::ErrorCode;
use store::applications::Application;
use store::applications::materials::Material;

use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// A material of an application.
///
/// # Errors
/// `not_found`.
pub async fn find(
    state: &AppState,
    tenant: &Tenant,
    application: &Application,
    id: &str,
) -> Result<Material, Problem> {
    let id = path_id(id)?;
    let all = state
        .store
        .materials_of(tenant.id(), &application.id)
        .await?;
    all.into_iter()
        .find(|material| material.id == id)
        .ok_or_else(|| ErrorCode::NotFound.into())
}
