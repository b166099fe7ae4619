//! `GET /api/v1/accounts/{id}`: one account, with its number in full, to the administrator and to whoever it is.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use store::accounts::people::Person;
use store::sessions::Session;

use super::PersonBody;
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The account.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<PersonBody>, Problem> {
    let person = find(&state, &tenant, &session, &id).await?;
    let caller = &session.account;
    if person.account.id != caller.id && caller.role != "administrator" {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Json(PersonBody::of(&person, true)))
}

/// An account of the caller's organisation.
///
/// # Errors
/// `not_found`, also for another's.
pub async fn find(
    state: &AppState,
    tenant: &Tenant,
    session: &Session,
    id: &str,
) -> Result<Person, Problem> {
    let found = state.store.person(tenant.id(), &path_id(id)?).await?;
    found
        .filter(|person| person.account.organisation.id == session.account.organisation.id)
        .ok_or_else(|| ErrorCode::NotFound.into())
}
