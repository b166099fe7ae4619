//! `DELETE …/materials/{mid}`: takes a paper out of a draft.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Id;
use domain::application::Event;
use store::applications::materials;
use store::{Deed, StoreError, Tx};

use crate::applications::{Caller, Context, Fault};
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path((id, material)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let deed = Remove {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        material: &path_id(&material)?,
    };
    let object = state.store.perform(&deed).await??;
    state.files.discard(&object).await;
    Ok(StatusCode::NO_CONTENT)
}

struct Remove<'a> {
    context: Context<'a>,
    application: &'a Id,
    material: &'a Id,
}

impl Deed for Remove<'_> {
    type Done = String;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<String, Fault>, StoreError> {
        let application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Err(fault) = self.context.allows(&application, &Event::Edit) {
            return Ok(Err(fault));
        }
        let (platform, now) = (self.context.platform, self.context.now);
        let removed = materials::remove(
            tx.connection(),
            platform,
            self.application,
            self.material,
            now,
        )
        .await?;
        Ok(removed.ok_or(Fault::NotFound))
    }
}
