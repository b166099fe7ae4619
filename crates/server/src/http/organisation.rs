//! `/api/v1/organisation`: the caller's organisation, and what it asks to be changed: 正式供应商, 信息变更, 区划变更.

use contract::ErrorCode;
use domain::Timestamp;
use domain::organisation::{Event, Proposal, State as Stage, step};
use serde::Serialize;
use serde_json::Value;
use store::organisations::papers::With;
use store::organisations::{Details, Request};

use crate::http::extract::Tenant;
use crate::http::papers::PaperBody;
use crate::http::regions::RegionName;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

pub mod requests;
pub mod show;

/// An organisation in JSON.
#[derive(Debug, Serialize)]
pub struct OrganisationBody {
    id: String,
    name: String,
    uscc: String,
    kind: String,
    state: String,
    legal_representative: Option<String>,
    address: Option<String>,
    bank_name: Option<String>,
    bank_account: Option<String>,
    contact: Option<String>,
    contact_phone: Option<String>,
    regions: Vec<RegionName>,
    formal_since: Option<String>,
    created_at: String,
    version: i64,
}

/// An organisation with its regions.
///
/// # Errors
/// Those of the database.
pub async fn describe(
    state: &AppState,
    tenant: &Tenant,
    found: &Details,
) -> Result<OrganisationBody, Problem> {
    let mut regions = Vec::new();
    for code in state.store.regions_of(tenant.id(), &found.id).await? {
        regions.push(RegionName::find(state, &code).await?);
    }
    Ok(OrganisationBody {
        id: found.id.to_string(),
        name: found.name.clone(),
        uscc: found.uscc.clone(),
        kind: found.kind.clone(),
        state: found.state.clone(),
        legal_representative: found.legal_representative.clone(),
        address: found.address.clone(),
        bank_name: found.bank_name.clone(),
        bank_account: found.bank_account.clone(),
        contact: found.contact.clone(),
        contact_phone: found.contact_phone.clone(),
        regions,
        formal_since: found.formal_since.map(rfc3339),
        created_at: rfc3339(found.created_at),
        version: found.version,
    })
}

/// Who looks at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The organisation's administrator.
    Administrator,
    /// Somebody else of the organisation.
    Member,
    /// An operator who may decide.
    Reviewer,
    /// An operator who looks on.
    Auditor,
}

/// A request in JSON.
#[derive(Debug, Serialize)]
pub struct RequestBody {
    id: String,
    organisation: PartyBody,
    kind: &'static str,
    state: &'static str,
    version: i64,
    proposal: Value,
    before: Value,
    note: String,
    materials: Vec<PaperBody>,
    decision: Option<DecisionBody>,
    created_at: String,
    submitted_at: Option<String>,
    history: Vec<StepBody>,
    next: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct PartyBody {
    id: String,
    name: String,
    uscc: String,
}

#[derive(Debug, Serialize)]
struct DecisionBody {
    at: String,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct StepBody {
    at: String,
    state: String,
    by_role: String,
    note: Option<String>,
}

/// A request with papers and history.
///
/// # Errors
/// Those of the database.
pub async fn describe_request(
    state: &AppState,
    tenant: &Tenant,
    request: &Request,
    viewer: Viewer,
) -> Result<RequestBody, Problem> {
    let with = With::Request(&request.id);
    let papers = state.store.papers(tenant.id(), with).await?;
    let history = state
        .store
        .change_request_history(tenant.id(), &request.id)
        .await?;
    let events: &[Event] = match viewer {
        Viewer::Administrator => &Event::OF_SUPPLIER,
        Viewer::Reviewer => &Event::OF_OPERATOR,
        Viewer::Member | Viewer::Auditor => &[],
    };
    let json = |text: &str| serde_json::from_str(text).unwrap_or_default();
    let time = |at: Option<Timestamp>| at.map(rfc3339);
    Ok(RequestBody {
        id: request.id.to_string(),
        organisation: PartyBody {
            id: request.organisation.to_string(),
            name: request.organisation_name.clone(),
            uscc: request.organisation_uscc.clone(),
        },
        kind: request.kind.word(),
        state: request.state.word(),
        version: request.version,
        proposal: json(&request.proposal),
        before: json(&request.before),
        note: request.note.clone(),
        materials: papers.iter().map(PaperBody::of).collect(),
        decision: request.decided_at.map(|at| DecisionBody {
            at: rfc3339(at),
            note: request.decision_note.clone(),
        }),
        created_at: rfc3339(request.created_at),
        submitted_at: time(request.submitted_at),
        history: history
            .into_iter()
            .map(|step| StepBody {
                at: rfc3339(step.at),
                state: step.state,
                by_role: step.by_role,
                note: step.note,
            })
            .collect(),
        next: events
            .iter()
            .filter(|event| step(request.state, **event).is_some())
            .map(|event| event.word())
            .collect(),
    })
}

/// What stands, in the fields of a proposal, for 变更前.
#[must_use]
pub fn present(found: &Details, regions: Vec<String>) -> String {
    let proposal = Proposal {
        name: Some(found.name.clone()),
        legal_representative: found.legal_representative.clone(),
        address: found.address.clone(),
        bank_name: found.bank_name.clone(),
        bank_account: found.bank_account.clone(),
        contact: found.contact.clone(),
        contact_phone: found.contact_phone.clone(),
        regions: Some(regions),
    };
    serde_json::json!(proposal).to_string()
}

/// The state after an event.
///
/// # Errors
/// `request_state`.
pub fn advance(state: Stage, event: Event) -> Result<Stage, ErrorCode> {
    step(state, event).ok_or(ErrorCode::RequestState)
}
