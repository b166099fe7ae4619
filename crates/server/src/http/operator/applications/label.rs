//! `GET /api/v1/operator/applications/{id}/label`: the label and the cover sheet.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use contract::ErrorCode;

use crate::applications::caller::Desk;
use crate::applications::forms;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The PDF.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    if application.new_key_number.is_none() {
        return Err(ErrorCode::ApplicationState.into());
    }
    let pdf = forms::set(&state, forms::label(&tenant, &application).to_vec()).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, pdf))
}
