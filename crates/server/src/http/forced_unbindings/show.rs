//! `GET /api/v1/forced-unbindings/{id}`.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::binding::forced::State as Stage;
use store::bindings::forced::Forced;
use store::sessions::Session;

use super::{ForcedBody, Viewer, describe};
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// To whoever asked, to the old owner and to their administrator.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<ForcedBody>, Problem> {
    let (forced, viewer) = find(&state, &tenant, &session, &id).await?;
    describe(&state, &tenant, &forced, viewer).await.map(Json)
}

/// The one of a path, and as whom the caller sees it.
///
/// # Errors
/// `not_found`, also for one that is none of the caller's.
pub async fn find(
    state: &AppState,
    tenant: &Tenant,
    session: &Session,
    id: &str,
) -> Result<(Forced, Viewer), Problem> {
    let found = state.store.forced(tenant.id(), &path_id(id)?).await?;
    let forced = found.ok_or(ErrorCode::NotFound)?;
    let caller = &session.account;
    if forced.account == caller.id {
        return Ok((forced, Viewer::Requester));
    }
    let owner = forced.owner == caller.id
        || (caller.role == "administrator"
            && forced.owner_organisation_id == caller.organisation.id);
    if owner && !matches!(forced.facts.state, Stage::Draft) && forced.submitted_at.is_some() {
        return Ok((forced, Viewer::Owner));
    }
    Err(ErrorCode::NotFound.into())
}

/// The one of a path, as whoever must be the one to act.
///
/// # Errors
/// `not_found`; `forbidden` for the other side.
pub async fn find_as(
    state: &AppState,
    tenant: &Tenant,
    session: &Session,
    id: &str,
    wanted: Viewer,
) -> Result<Forced, Problem> {
    let (forced, viewer) = find(state, tenant, session, id).await?;
    if viewer == wanted {
        Ok(forced)
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}
