//! `GET /api/v1/applications/{id}/invoice`: the electronic invoice.

use axum::extract::{Path, State};
use axum::response::Response;
use contract::ErrorCode;

use crate::applications::{Caller, files};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The file as finance uploaded it.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let invoice = state
        .store
        .invoice_of(tenant.id(), &application.id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let ending = if invoice.media_type == "application/pdf" {
        "pdf"
    } else {
        "ofd"
    };
    let name = format!("{}.{ending}", invoice.number);
    files::show(
        &state,
        &invoice.object,
        invoice.size,
        &invoice.media_type,
        &name,
    )
    .await
}
