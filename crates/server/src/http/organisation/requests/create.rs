//! `POST /api/v1/organisation/requests`: begins a draft; one of a kind at a time.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::organisation::{Kind, Proposal};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::organisations::{self, NewRequest};
use store::{Deed, StoreError, Tx};

use super::check_regions;
use crate::http::accounts::administrator;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisation::{RequestBody, Viewer, describe_request, present};
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    kind: Kind,
    #[serde(default)]
    proposal: Proposal,
    #[serde(default)]
    note: String,
}

/// Characters of a word to the reviewer.
const NOTE: usize = 500;

/// A proposal and a note, tidied; a draft may lack fields.
///
/// # Errors
/// `invalid`, `region_unknown`.
pub async fn checked(
    state: &AppState,
    kind: Kind,
    mut proposal: Proposal,
    note: &str,
) -> Result<(String, String), Problem> {
    proposal.check(kind, false).map_err(|error| {
        let text = error.text();
        Problem::of(ErrorCode::Invalid).with_detail(text.zh, text.en)
    })?;
    check_regions(state, &proposal).await?;
    let note = note.trim();
    if note.chars().count() > NOTE {
        return Err(Problem::of(ErrorCode::Invalid)
            .with_detail("说明不超过 500 字", "A note has 500 characters at most"));
    }
    Ok((serde_json::json!(proposal).to_string(), note.to_owned()))
}

/// 201 with the draft.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<RequestBody>), Problem> {
    administrator(&session)?;
    let organisation = &session.account.organisation.id;
    let stands = state.store.organisation(tenant.id(), organisation).await?;
    let stands = stands.ok_or(ErrorCode::Internal)?;
    if form.kind == Kind::Formal && stands.state == "formal" {
        return Err(Problem::of(ErrorCode::RequestState).with_detail(
            "本单位已是正式供应商",
            "Your organisation is a formal supplier already",
        ));
    }
    let (proposal, note) = checked(&state, form.kind, form.proposal, &form.note).await?;
    let regions = state.store.regions_of(tenant.id(), organisation).await?;
    let deed = Begin {
        platform: tenant.id(),
        organisation,
        request: state.new_id(),
        kind: form.kind,
        proposal: &proposal,
        before: &present(&stands, regions),
        note: &note,
        by: &session.account.id,
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let found = state
        .store
        .change_request(tenant.id(), &deed.request)
        .await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    let body = describe_request(&state, &tenant, &found, Viewer::Administrator).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

struct Begin<'a> {
    platform: &'a str,
    organisation: &'a Id,
    request: Id,
    kind: Kind,
    proposal: &'a str,
    before: &'a str,
    note: &'a str,
    by: &'a Id,
    now: Timestamp,
}

impl Deed for Begin<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let new = NewRequest {
            id: &self.request,
            platform: self.platform,
            organisation: self.organisation,
            kind: self.kind,
            proposal: self.proposal,
            before: self.before,
            note: self.note,
            by: self.by,
            at: self.now,
        };
        Ok(
            if organisations::insert_request(tx.connection(), &new).await? {
                Ok(())
            } else {
                Err(ErrorCode::RequestOpen)
            },
        )
    }
}
