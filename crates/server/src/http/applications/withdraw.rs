//! `POST /api/v1/applications/{id}/withdraw`: 撤回. Money that was paid goes back.

use axum::Json;
use axum::extract::{Path, State};
use domain::application::Event;

use crate::applications::step::as_it_is;
use crate::applications::view::{self, Detail};
use crate::applications::{Caller, Context, Step};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The application, taken back.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let step = Step {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        event: Event::Withdraw,
        note: None,
        amend: &as_it_is,
    };
    let done = state.store.perform(&step).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
