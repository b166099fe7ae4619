//! `GET /api/v1/key-enquiries`: one's organisation's questions.

use axum::Json;
use axum::extract::State;

use super::EnquiryBody;
use crate::http::documents::PageOf;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// Newest first, at most 100.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<PageOf<EnquiryBody>>, Problem> {
    let enquiries = state
        .store
        .enquiries_of(tenant.id(), &session.account.organisation.id)
        .await?;
    Ok(Json(PageOf {
        total: i64::try_from(enquiries.len()).unwrap_or(i64::MAX),
        items: enquiries
            .iter()
            .map(|enquiry| EnquiryBody::of(&tenant, enquiry))
            .collect(),
    }))
}
