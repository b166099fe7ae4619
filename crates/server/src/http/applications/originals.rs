//! `POST /api/v1/applications/{id}/originals`: 寄出盖章原件, with courier and number.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::Event;
use serde::Deserialize;

use crate::applications::view::{self, Detail};
use crate::applications::{Caller, Context, Step};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What stands on the receipt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    courier: String,
    number: String,
}

/// The application with what was sent.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    let (courier, number) = (short(&request.courier)?, short(&request.number)?);
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    let now = context.now;
    let step = Step {
        context,
        application: &application.id,
        event: Event::OriginalsSent,
        note: Some(format!("{courier} {number}")),
        amend: &|application| {
            application.originals_courier = Some(courier.clone());
            application.originals_number = Some(number.clone());
            application.originals_sent_at = Some(now);
        },
    };
    let done = state.store.perform(&step).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}

/// A courier, a number, a reference: 1 to 60 characters on one line.
///
/// # Errors
/// `invalid`.
pub fn short(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let sound = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if sound {
        Ok(text.to_owned())
    } else {
        Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请填写 1 至 60 字的快递公司、单号或凭证号",
            "Enter a courier, number or reference of 1 to 60 characters",
        ))
    }
}
