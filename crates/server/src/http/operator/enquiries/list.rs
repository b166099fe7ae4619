//! `GET /api/v1/operator/enquiries`: the queue, what waits first.

use axum::Json;
use axum::extract::State;

use crate::http::documents::PageOf;
use crate::http::extract::{Operator, Tenant};
use crate::http::key_enquiries::EnquiryBody;
use crate::{AppState, Problem};

/// At most 200; `total` is how many wait.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
) -> Result<Json<PageOf<EnquiryBody>>, Problem> {
    let enquiries = state.store.enquiry_queue(tenant.id()).await?;
    Ok(Json(PageOf {
        items: enquiries
            .iter()
            .map(|enquiry| EnquiryBody::for_operator(&tenant, enquiry))
            .collect(),
        total: state.store.waiting_enquiries(tenant.id()).await?,
    }))
}
