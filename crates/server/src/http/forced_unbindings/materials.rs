//! `/api/v1/forced-unbindings/{id}/materials`: evidence.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use contract::ErrorCode;
use domain::binding::forced::State as Stage;
use store::organisations::papers::With;

use super::Viewer;
use super::show::{find, find_as};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::papers::{self, Matter, PaperBody, Parameters};
use crate::{AppState, Problem};

/// `POST`: adds a paper to a draft. 201.
pub async fn create(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<PaperBody>), Problem> {
    let forced = find_as(&state, &tenant, &session, &id, Viewer::Requester).await?;
    if forced.facts.state != Stage::Draft {
        return Err(ErrorCode::RequestState.into());
    }
    let matter = Matter {
        platform: tenant.id(),
        with: With::Forced(&forced.id),
        by: &session.account.id,
    };
    let paper = papers::receive(&state, matter, &parameters, &headers, body).await?;
    Ok((StatusCode::CREATED, Json(paper)))
}

/// `GET …/{mid}`: shows a paper to whoever added it.
pub async fn show(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path((id, paper)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (forced, viewer) = find(&state, &tenant, &session, &id).await?;
    if viewer != Viewer::Requester {
        return Err(ErrorCode::NotFound.into());
    }
    papers::show(&state, &tenant, With::Forced(&forced.id), &paper).await
}

/// `DELETE …/{mid}`: takes a paper from a draft. 204.
pub async fn delete(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path((id, paper)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let forced = find_as(&state, &tenant, &session, &id, Viewer::Requester).await?;
    if forced.facts.state != Stage::Draft {
        return Err(ErrorCode::RequestState.into());
    }
    let matter = Matter {
        platform: tenant.id(),
        with: With::Forced(&forced.id),
        by: &session.account.id,
    };
    papers::remove(&state, matter, &paper).await?;
    Ok(StatusCode::NO_CONTENT)
}
