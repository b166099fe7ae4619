//! `DELETE /api/v1/departments/{id}`: removes an empty one.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use store::accounts::departments;
use store::{Deed, StoreError, Tx};

use crate::http::accounts::administrator;
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 204; `department_not_empty` while people or departments are in it.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    administrator(&session)?;
    let id = path_id(&id)?;
    let organisation = &session.account.organisation.id;
    let seen = state
        .store
        .department(tenant.id(), organisation, &id)
        .await?;
    seen.ok_or(ErrorCode::NotFound)?;
    let deed = Delete {
        platform: tenant.id(),
        organisation,
        department: &id,
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Delete<'a> {
    platform: &'a str,
    organisation: &'a Id,
    department: &'a Id,
}

impl Deed for Delete<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let gone = departments::delete(
            tx.connection(),
            self.platform,
            self.organisation,
            self.department,
        )
        .await?;
        Ok(if gone {
            Ok(())
        } else {
            Err(ErrorCode::DepartmentNotEmpty)
        })
    }
}
