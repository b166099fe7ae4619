//! `POST /api/v1/operator/labels`: labels and cover sheets of many at once; dispatch packs them with that: 已制证 → 待寄出.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use contract::ErrorCode;
use domain::application::{Duty, Event, State as Stands};
use serde::Deserialize;

use crate::applications::caller::Desk;
use crate::applications::step::as_it_is;
use crate::applications::{Context, Step, forms};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Most at once: two sheets each.
const MOST: usize = render::MAX_SHEETS / 2;

/// Which.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    ids: Vec<String>,
}

/// One PDF.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    JsonBody(request): JsonBody<Request>,
) -> Result<impl IntoResponse, Problem> {
    caller.require(Duty::Dispatch)?;
    if request.ids.is_empty() || request.ids.len() > MOST {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            format!("请选择 1 至 {MOST} 个申请"),
            format!("Choose 1 to {MOST} applications"),
        ));
    }
    let mut found = Vec::with_capacity(request.ids.len());
    for id in &request.ids {
        let application = caller.find(&state, &tenant, id).await?;
        if application.new_key_number.is_none() {
            return Err(ErrorCode::ApplicationState.into());
        }
        found.push(application);
    }
    let sheets = found
        .iter()
        .flat_map(|one| forms::label(&tenant, one))
        .collect();
    let pdf = forms::set(&state, sheets).await?;
    let actor = caller.actor();
    for application in found
        .iter()
        .filter(|one| one.facts.state == Stands::Produced)
    {
        let step = Step {
            context: Context::of(&state, &tenant, &caller, &actor),
            application: &application.id,
            event: Event::Pack,
            note: None,
            amend: &as_it_is,
        };
        // Somebody else may have packed it meanwhile: the label is the same.
        let _ = state.store.perform(&step).await?;
    }
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, pdf))
}
