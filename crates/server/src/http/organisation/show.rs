//! `GET /api/v1/organisation`: what stands, what is asked for, and what was.

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use domain::organisation::State as Stage;
use serde::Serialize;

use super::{OrganisationBody, RequestBody, describe, describe_request};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// The organisation.
#[derive(Debug, Serialize)]
pub struct Body {
    organisation: OrganisationBody,
    /// Drafts and what waits.
    requests: Vec<RequestBody>,
    /// What was decided or taken back.
    history: Vec<RequestBody>,
}

/// To everybody of the organisation.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
) -> Result<Json<Body>, Problem> {
    let organisation = &session.account.organisation.id;
    let found = state.store.organisation(tenant.id(), organisation).await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    let (mut requests, mut history) = (Vec::new(), Vec::new());
    let viewer = super::requests::viewer(&session);
    for request in state
        .store
        .change_requests_of(tenant.id(), organisation)
        .await?
    {
        let body = describe_request(&state, &tenant, &request, viewer).await?;
        if matches!(
            request.state,
            Stage::Draft | Stage::Submitted | Stage::Returned
        ) {
            requests.push(body);
        } else {
            history.push(body);
        }
    }
    Ok(Json(Body {
        organisation: describe(&state, &tenant, &found).await?,
        requests,
        history,
    }))
}
