//! `POST /api/v1/operator/applications/{id}/originals`: 收到盖章原件.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::Event;
use serde::Deserialize;

use crate::applications::caller::Desk;
use crate::applications::step::as_it_is;
use crate::applications::view::{self, Detail};
use crate::applications::{Context, Step};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the intake says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    received: bool,
    #[serde(default)]
    note: Option<String>,
}

/// The application; one that waited for its papers goes on.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    let bounded = request
        .note
        .as_ref()
        .is_none_or(|note| note.chars().count() <= 500);
    if !request.received || !bounded {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请确认已收到原件；说明不超过 500 字",
            "Confirm the arrival; a note has 500 characters at most",
        ));
    }
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let step = Step {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        event: Event::OriginalsReceived,
        note: request.note,
        amend: &as_it_is,
    };
    let done = state.store.perform(&step).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
