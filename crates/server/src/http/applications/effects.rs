//! `GET /api/v1/application-effects`: what a kind of application would disturb, told before it is begun.

use axum::Json;
use axum::extract::{Query, State};
use domain::application::Kind;
use serde::Deserialize;
use serde_json::{Value, json};
use store::applications::disturbed::Asked;

use crate::applications::Caller;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Which kind, and which key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    kind: Kind,
    key_number: String,
}

/// The counts of the organisation's open business; `null` for a kind that takes no key out of use.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Query(asked): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    let organisation = caller.supplier()?.account.organisation.id.clone();
    if !asked.kind.interrupts() {
        return Ok(Json(json!({ "open": null })));
    }
    let now = state.now();
    let open = state
        .store
        .open_business(&Asked {
            platform: tenant.id(),
            organisation: &organisation,
            key_number: &asked.key_number,
            from: now,
            now,
        })
        .await?;
    let deadlines = state.store.deadlines(tenant.id(), &organisation).await?;
    let next = deadlines.into_iter().find(|deadline| deadline.at >= now);
    Ok(Json(json!({ "open": {
        "drafts": open.drafts, "sealed": open.sealed, "applications": open.applications, "deadlines": open.deadlines,
        "next_deadline": next.map(|deadline| json!({ "name": deadline.name, "at": rfc3339(deadline.at) })),
        "other_keys": open.other_keys,
    } })))
}
