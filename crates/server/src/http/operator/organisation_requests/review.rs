//! `POST /api/v1/operator/organisation-requests/{id}/review`: approves, returns or rejects. What is approved counts at once; a
//! new name leaves the reviewed exception for one year, until the certificates say it too.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::organisation::{Event, Proposal, State as Stage};
use domain::staff::Class;
use domain::{Id, Span, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::accounts::people;
use store::notices::{self, NewNotice};
use store::organisations::{self, Renamed, Request, Stepped};
use store::{Deed, StoreError, Tx};

use super::find;
use crate::http::extract::{Operator, Tenant};
use crate::http::forced_unbindings::object::note;
use crate::http::json::JsonBody;
use crate::http::organisation::{RequestBody, Viewer, advance, describe_request};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// How long an old name counts.
const EXCEPTION: Span = Span::hours(24 * 365);

/// What is decided.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    decision: Event,
    note: Option<String>,
}

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    operator: Operator,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<RequestBody>, Problem> {
    operator.require(Class::Business)?;
    let request = find(&state, &tenant, &id).await?;
    if !Event::OF_OPERATOR.contains(&form.decision) {
        return Err(ErrorCode::Invalid.into());
    }
    let said = match form.note.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Some(note(text)?),
        _ if form.decision == Event::Approve => None,
        _ => Some(note("")?),
    };
    let deed = Review {
        platform: tenant.id(),
        request: &request.id,
        event: form.decision,
        note: said,
        by: &operator.0.operator.id,
        ids: std::array::from_fn(|_| state.new_id()),
        state: &state,
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let found = state.store.change_request(tenant.id(), &request.id).await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    let body = describe_request(&state, &tenant, &found, Viewer::Reviewer).await?;
    Ok(Json(body))
}

struct Review<'a> {
    platform: &'a str,
    request: &'a Id,
    event: Event,
    note: Option<&'a str>,
    by: &'a Id,
    ids: [Id; 2],
    state: &'a AppState,
    now: Timestamp,
}

impl Deed for Review<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (platform, now) = (self.platform, self.now);
        let found = organisations::lock_request(tx.connection(), platform, self.request).await?;
        let Some(request) = found else {
            return Ok(Err(ErrorCode::NotFound));
        };
        let next = match advance(request.state, self.event) {
            Ok(next) => next,
            Err(code) => return Ok(Err(code)),
        };
        if next == Stage::Approved {
            self.apply(tx, &request).await?;
        }
        let step = Stepped {
            platform,
            request: self.request,
            state: next,
            operator: Some(self.by),
            by: self.by,
            note: self.note,
            before: None,
            at: now,
        };
        organisations::step_request(tx.connection(), &step).await?;
        let organisation = &request.organisation;
        let facts = json!({
            "kind": request.kind.word(), "state": next.word(), "note": self.note, "at": rfc3339(now),
        });
        for account in people::administrators(tx.connection(), platform, organisation).await? {
            let subject = format!("{}:{}", self.request, request.version);
            let notice = NewNotice {
                id: &self.state.new_id(),
                platform,
                account: &account,
                kind: "organisation_request",
                subject: &subject,
                facts: &facts.to_string(),
                at: now,
            };
            notices::tell(tx.connection(), &notice).await?;
        }
        tx.record(&Entry {
            id: self.ids[0].clone(),
            platform: platform.to_owned(),
            at: now,
            action: "organisation_request.reviewed".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.request.to_string()),
            detail: json!({ "state": next.word(), "kind": request.kind.word() }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}

impl Review<'_> {
    async fn apply(&self, tx: &mut Tx<'_>, request: &Request) -> Result<(), StoreError> {
        let (platform, organisation, now) = (self.platform, &request.organisation, self.now);
        let proposal: Proposal = serde_json::from_str(&request.proposal)
            .map_err(|_| StoreError::Impossible("change_request.proposal"))?;
        organisations::lock(tx.connection(), platform, organisation).await?;
        let stands = organisations::details(tx.connection(), platform, organisation).await?;
        organisations::apply(
            tx.connection(),
            platform,
            organisation,
            request.kind,
            &proposal,
            now,
        )
        .await?;
        if let (Some(name), Some(stands)) = (&proposal.name, &stands)
            && *name != stands.name
        {
            let renamed = Renamed {
                id: &self.ids[1],
                platform,
                organisation,
                old_name: &stands.name,
                new_name: name,
                request: self.request,
                approved_by: self.by,
                since: now,
                until: now + EXCEPTION,
            };
            organisations::rename(tx.connection(), &renamed).await?;
        }
        Ok(())
    }
}
