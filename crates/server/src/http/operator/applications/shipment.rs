//! `POST /api/v1/operator/applications/{id}/shipment`: 寄出 with courier and number, or laid out to be fetched.

use axum::Json;
use axum::extract::{Path, State};
use domain::application::Event;
use serde::Deserialize;

use crate::applications::caller::Desk;
use crate::applications::view::{self, Detail};
use crate::applications::{Context, Step};
use crate::http::applications::originals::short;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// How it goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default)]
    courier: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    pick_up: bool,
}

/// The application, on its way.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    let sent = if request.pick_up {
        None
    } else {
        Some((short(&request.courier)?, short(&request.number)?))
    };
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    let now = context.now;
    let step = Step {
        context,
        application: &application.id,
        event: Event::Ship,
        note: Some(sent.as_ref().map_or_else(
            || "自取".to_owned(),
            |(courier, number)| format!("{courier} {number}"),
        )),
        amend: &|application| {
            application.shipped_at = Some(now);
            application.pick_up = sent.is_none();
            let (courier, number) = sent.clone().unzip();
            application.shipment_courier = courier;
            application.shipment_number = number;
        },
    };
    let done = state.store.perform(&step).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
