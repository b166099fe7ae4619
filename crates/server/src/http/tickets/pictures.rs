//! `/api/v1/tickets/{id}/pictures`: screenshots.

pub mod create;
pub mod show;

use axum::response::Response;
use contract::ErrorCode;
use store::tickets::Ticket;

use crate::applications::files;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// A picture of a ticket, inline.
///
/// # Errors
/// `not_found`.
pub async fn serve(
    state: &AppState,
    tenant: &Tenant,
    ticket: &Ticket,
    picture: &str,
) -> Result<Response, Problem> {
    let id = path_id(picture)?;
    let all = state.store.ticket_pictures(tenant.id(), &ticket.id).await?;
    let picture = all
        .into_iter()
        .find(|picture| picture.id == id)
        .ok_or(ErrorCode::NotFound)?;
    files::show(
        state,
        &picture.object,
        picture.size,
        &picture.media_type,
        &picture.name,
    )
    .await
}
