//! `POST /api/v1/seals/use-requests/{id}/withdraw`: takes one's own request back.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use serde_json::{Value, json};
use store::seals::uses;
use store::{Deed, StoreError, Tx};

use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// 200 with its state.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let deed = Withdraw {
        platform: tenant.id(),
        request: &path_id(&id)?,
        account: &session.account.id,
    };
    state.store.perform(&deed).await??;
    Ok(Json(json!({ "id": id, "state": "withdrawn" })))
}

struct Withdraw<'a> {
    platform: &'a str,
    request: &'a Id,
    account: &'a Id,
}

impl Deed for Withdraw<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let taken = uses::withdraw(tx.connection(), self.platform, self.request, self.account);
        Ok(if taken.await? {
            Ok(())
        } else {
            Err(ErrorCode::RequestState)
        })
    }
}
