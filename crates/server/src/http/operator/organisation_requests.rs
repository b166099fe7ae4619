//! `/api/v1/operator/organisation-requests`: what organisations ask to be changed, reviewed by the business class.

use contract::ErrorCode;
use domain::organisation::State as Stage;
use domain::staff::Class;
use serde::Deserialize;
use store::organisations::Request;

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::organisation::Viewer;
use crate::{AppState, Problem};

pub mod list;
pub mod material;
pub mod review;
pub mod show;

/// A page of a state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    state: String,
    page: Option<i64>,
    per_page: Option<i64>,
}

/// As whom an operator looks.
#[must_use]
pub fn viewer(operator: &Operator) -> Viewer {
    if operator.0.operator.class == Class::Business {
        Viewer::Reviewer
    } else {
        Viewer::Auditor
    }
}

/// A request that was sent in.
///
/// # Errors
/// `not_found`.
pub async fn find(state: &AppState, tenant: &Tenant, id: &str) -> Result<Request, Problem> {
    let found = state
        .store
        .change_request(tenant.id(), &path_id(id)?)
        .await?;
    found
        .filter(|request| request.submitted_at.is_some() && request.state != Stage::Draft)
        .ok_or_else(|| ErrorCode::NotFound.into())
}
