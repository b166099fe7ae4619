//! `/api/v1/organisation/requests/{id}/materials`.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::organisation::Event;
use store::organisations::papers::With;

use super::find;
use crate::http::accounts::administrator;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::organisation::advance;
use crate::http::papers::{self, Matter, PaperBody, Parameters};
use crate::{AppState, Problem};

/// `POST`: adds a paper. 201.
pub async fn create(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<PaperBody>), Problem> {
    administrator(&session)?;
    let request = find(&state, &tenant, &session, &id).await?;
    advance(request.state, Event::Edit)?;
    let matter = Matter {
        platform: tenant.id(),
        with: With::Request(&request.id),
        by: &session.account.id,
    };
    let paper = papers::receive(&state, matter, &parameters, &headers, body).await?;
    Ok((StatusCode::CREATED, Json(paper)))
}

/// `GET …/{mid}`: shows one.
pub async fn show(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path((id, paper)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let request = find(&state, &tenant, &session, &id).await?;
    papers::show(&state, &tenant, With::Request(&request.id), &paper).await
}

/// `DELETE …/{mid}`: takes one away. 204.
pub async fn delete(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path((id, paper)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    administrator(&session)?;
    let request = find(&state, &tenant, &session, &id).await?;
    advance(request.state, Event::Edit)?;
    let matter = Matter {
        platform: tenant.id(),
        with: With::Request(&request.id),
        by: &session.account.id,
    };
    papers::remove(&state, matter, &paper).await?;
    Ok(StatusCode::NO_CONTENT)
}
