//! `GET …/materials/{mid}`: the file itself, to look at beside the form.

use axum::extract::{Path, State};
use axum::response::Response;

use super::find;
use crate::applications::{Caller, files};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Inline, with the type that its content has.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path((id, material)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let material = find(&state, &tenant, &application, &material).await?;
    let (object, media_type) = (&material.object, &material.media_type);
    files::show(&state, object, material.size, media_type, &material.name).await
}
