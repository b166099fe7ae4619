//! `POST /api/v1/operator/applications/{id}/second-review`: 复核, by another person than the review. What passes is
//! approved: from here on the CA can be asked.

use axum::Json;
use axum::extract::{Path, State};
use domain::application::Event;

use super::review::Request;
use crate::applications::caller::Desk;
use crate::applications::step::as_it_is;
use crate::applications::view::{self, Detail};
use crate::applications::{Context, Step};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// The application after the second review.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    let (decision, note) = request.decide()?;
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let step = Step {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        event: Event::SecondReview(decision),
        note,
        amend: &as_it_is,
    };
    let done = state.store.perform(&step).await??;
    state.jobs_changed.notify_waiters();
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
