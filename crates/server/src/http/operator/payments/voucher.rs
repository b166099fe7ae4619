//! `GET /api/v1/operator/payments/{id}/voucher`: the voucher as it was uploaded.

use axum::extract::{Path, State};
use axum::response::Response;
use contract::ErrorCode;

use crate::applications::caller::Desk;
use crate::applications::files;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Inline, with the type that its content has.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(_): Desk,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let payment = state.store.payment(tenant.id(), &path_id(&id)?).await?;
    let (object, media_type, size) = payment
        .and_then(|payment| payment.voucher)
        .ok_or(ErrorCode::NotFound)?;
    files::show(&state, &object, size, &media_type, "voucher").await
}
