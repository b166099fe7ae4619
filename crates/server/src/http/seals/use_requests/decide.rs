//! `POST /api/v1/seals/use-requests/{id}/decision {approve, note?}`: by another person who keeps the seals.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use domain::audit::Entry;
use serde::Deserialize;
use serde_json::{Value, json};
use store::notices::{self, NewNotice};
use store::seals::uses::{self, Decision};
use store::{Deed, StoreError, Tx};

use super::{LIFE, describe};
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::forced_unbindings::object;
use crate::http::json::JsonBody;
use crate::http::seals::applications::keeper;
use crate::{AppState, Problem};

/// What is decided; a refusal has a reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    approve: bool,
    note: Option<String>,
}

/// 200 with the request.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Value>, Problem> {
    keeper(&session)?;
    let said = match form.note.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Some(object::note(text)?),
        _ if form.approve => None,
        _ => Some(object::note("")?),
    };
    let account = &session.account;
    let organisation = &account.organisation.id;
    let request = path_id(&id)?;
    let found = state
        .store
        .seal_use_request(tenant.id(), organisation, &request)
        .await?;
    let found = found.ok_or(ErrorCode::NotFound)?;
    if found.account == account.id {
        return Err(ErrorCode::SamePerson.into());
    }
    let now = state.now();
    let deed = Decide {
        decision: Decision {
            platform: tenant.id(),
            organisation,
            request: &request,
            by: &account.id,
            approved_until: form.approve.then(|| now + LIFE),
            note: said,
            at: now,
        },
        seal_name: &found.seal_name,
        ids: [state.new_id(), state.new_id()],
    };
    state.store.perform(&deed).await??;
    let found = state
        .store
        .seal_use_request(tenant.id(), organisation, &request)
        .await?;
    let found = found.ok_or(ErrorCode::Internal)?;
    Ok(Json(describe(&state, &tenant, &found, &[]).await?))
}

struct Decide<'a> {
    decision: Decision<'a>,
    seal_name: &'a str,
    ids: [Id; 2],
}

impl Deed for Decide<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let decision = &self.decision;
        let Some(asker) = uses::decide(tx.connection(), decision).await? else {
            return Ok(Err(ErrorCode::RequestState));
        };
        let approved = decision.approved_until.is_some();
        let facts = json!({ "seal": self.seal_name, "approved": approved, "note": decision.note });
        let notice = NewNotice {
            id: &self.ids[0],
            platform: decision.platform,
            account: &asker,
            kind: "seal_use",
            subject: decision.request.as_str(),
            facts: &facts.to_string(),
            at: decision.at,
        };
        notices::tell(tx.connection(), &notice).await?;
        tx.record(&Entry {
            id: self.ids[1].clone(),
            platform: decision.platform.to_owned(),
            at: decision.at,
            action: "seal_use.decided".into(),
            actor: Some(decision.by.clone()),
            subject: Some(decision.request.to_string()),
            detail: json!({ "approved": approved }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
