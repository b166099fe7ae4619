//! `POST /api/v1/forced-unbindings/{id}/object`: the old owner objects within the waiting time.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::binding::forced::Event;
use serde::Deserialize;
use store::bindings::forced::Said;

use super::show::find_as;
use super::{ForcedBody, Take, Viewer, describe};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    reason: String,
}

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<ForcedBody>, Problem> {
    let forced = find_as(&state, &tenant, &session, &id, Viewer::Owner).await?;
    let reason = note(&form.reason)?;
    let said = Said {
        role: "owner",
        by: Some(&session.account.id),
        note: Some(reason),
    };
    let deed = Take::new(&state, tenant.id(), &forced.id, Event::Object, said);
    state.store.perform(&deed).await??;
    let found = state.store.forced(tenant.id(), &forced.id).await?;
    let forced = found.ok_or(ErrorCode::Internal)?;
    let body = describe(&state, &tenant, &forced, Viewer::Owner).await?;
    Ok(Json(body))
}

/// A word of 1 to 500 characters.
///
/// # Errors
/// `invalid`.
pub fn note(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if (1..=500).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请填写 1 至 500 字的说明",
            "Say why, in 1 to 500 characters",
        ))
    }
}
