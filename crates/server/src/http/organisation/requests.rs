//! `/api/v1/organisation/requests`: drafts of the administrator's, reviewed by an operator.

use axum::Json;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::organisation::{Event, Proposal};
use domain::{Id, Timestamp};
use store::organisations::papers::{self, With};
use store::organisations::{self, Request, Stepped};
use store::sessions::Session;
use store::{Deed, StoreError, Tx};

use super::{RequestBody, Viewer, advance, describe_request, present};
use crate::http::accounts::administrator;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

pub mod create;
pub mod edit;
pub mod list;
pub mod materials;
pub mod show;
pub mod submit;
pub mod withdraw;

/// As whom a member of the organisation sees its requests.
#[must_use]
pub fn viewer(session: &Session) -> Viewer {
    if session.account.role == "administrator" {
        Viewer::Administrator
    } else {
        Viewer::Member
    }
}

/// A request of the caller's organisation.
///
/// # Errors
/// `not_found`, also for another's.
pub async fn find(
    state: &AppState,
    tenant: &Tenant,
    session: &Session,
    id: &str,
) -> Result<Request, Problem> {
    let found = state
        .store
        .change_request(tenant.id(), &path_id(id)?)
        .await?;
    found
        .filter(|request| request.organisation == session.account.organisation.id)
        .ok_or_else(|| ErrorCode::NotFound.into())
}

/// Refuses regions that are none.
///
/// # Errors
/// `region_unknown`.
pub async fn check_regions(state: &AppState, proposal: &Proposal) -> Result<(), Problem> {
    for code in proposal.regions.iter().flatten() {
        if state.store.region(code).await?.is_none() {
            return Err(ErrorCode::RegionUnknown.into());
        }
    }
    Ok(())
}

/// Takes a step for the organisation, submitting or taking back, and tells what stands now.
///
/// # Errors
/// `forbidden` for anybody but the administrator, `not_found`, and what the step itself refuses.
pub async fn take(
    state: &AppState,
    tenant: &Tenant,
    session: &Session,
    id: &str,
    event: Event,
) -> Result<Json<RequestBody>, Problem> {
    administrator(session)?;
    let request = find(state, tenant, session, id).await?;
    let deed = Take {
        platform: tenant.id(),
        request: &request.id,
        event,
        by: &session.account.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    let found = state.store.change_request(tenant.id(), &request.id).await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    let body = describe_request(state, tenant, &found, Viewer::Administrator).await?;
    Ok(Json(body))
}

struct Take<'a> {
    platform: &'a str,
    request: &'a Id,
    event: Event,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Take<'_> {
    type Done = ();
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Problem>, StoreError> {
        let (platform, now) = (self.platform, self.now);
        let found = organisations::lock_request(tx.connection(), platform, self.request).await?;
        let Some(request) = found else {
            return Ok(Err(ErrorCode::NotFound.into()));
        };
        let next = match advance(request.state, self.event) {
            Ok(next) => next,
            Err(code) => return Ok(Err(code.into())),
        };
        let mut before = None;
        if self.event == Event::Submit {
            let mut proposal: Proposal = serde_json::from_str(&request.proposal)
                .map_err(|_| StoreError::Impossible("change_request.proposal"))?;
            if let Err(error) = proposal.check(request.kind, true) {
                let text = error.text();
                return Ok(Err(
                    Problem::of(ErrorCode::Invalid).with_detail(text.zh, text.en)
                ));
            }
            let with = With::Request(self.request);
            if papers::with(tx.connection(), platform, with)
                .await?
                .is_empty()
            {
                return Ok(Err(ErrorCode::EvidenceMissing.into()));
            }
            let organisation = &request.organisation;
            let stands = organisations::details(tx.connection(), platform, organisation).await?;
            let regions = organisations::regions(tx.connection(), platform, organisation).await?;
            before = stands.map(|stands| present(&stands, regions));
        }
        let step = Stepped {
            platform,
            request: self.request,
            state: next,
            operator: None,
            by: self.by,
            note: None,
            before: before.as_deref(),
            at: now,
        };
        organisations::step_request(tx.connection(), &step).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "organisation_request.stepped".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.request.to_string()),
            detail: serde_json::json!({ "state": next.word(), "kind": request.kind.word() })
                .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
