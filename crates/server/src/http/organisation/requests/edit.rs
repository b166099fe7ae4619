//! `PUT /api/v1/organisation/requests/{id}`: changes a draft, or one that was returned, on its version.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use domain::organisation::{Event, Proposal};
use serde::Deserialize;
use store::organisations;
use store::{Deed, StoreError, Tx};

use super::create::checked;
use super::find;
use crate::http::accounts::administrator;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisation::{RequestBody, Viewer, advance, describe_request};
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    version: i64,
    proposal: Proposal,
    note: Option<String>,
}

/// 200 with the draft.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<RequestBody>, Problem> {
    administrator(&session)?;
    let request = find(&state, &tenant, &session, &id).await?;
    advance(request.state, Event::Edit)?;
    let note = form.note.as_deref().unwrap_or(&request.note);
    let (proposal, note) = checked(&state, request.kind, form.proposal, note).await?;
    let deed = Edit {
        platform: tenant.id(),
        request: &request.id,
        version: form.version,
        proposal: &proposal,
        note: &note,
    };
    state.store.perform(&deed).await??;
    let found = state.store.change_request(tenant.id(), &request.id).await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    let body = describe_request(&state, &tenant, &found, Viewer::Administrator).await?;
    Ok(Json(body))
}

struct Edit<'a> {
    platform: &'a str,
    request: &'a Id,
    version: i64,
    proposal: &'a str,
    note: &'a str,
}

impl Deed for Edit<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let edited = organisations::edit_request(
            tx.connection(),
            self.platform,
            self.request,
            self.version,
            self.proposal,
            self.note,
        )
        .await?;
        Ok(if edited {
            Ok(())
        } else {
            Err(ErrorCode::ChangedElsewhere)
        })
    }
}
