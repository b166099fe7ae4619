//! `POST /api/v1/seals/{id}/use-requests {documents, note}`: asks for the use of a seal on drafts.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::audit::Entry;
use domain::seal::State as Stage;
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::uses::{self, NewUseRequest};
use store::{Deed, StoreError, Tx};

use super::{MAX_DOCUMENTS, describe};
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::forced_unbindings::object;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// On what, and what for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    documents: Vec<String>,
    note: String,
}

/// 201 with the request.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(mut form): JsonBody<Form>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let account = &session.account;
    let note = object::note(&form.note)?;
    form.documents.sort_unstable();
    form.documents.dedup();
    if !(1..=MAX_DOCUMENTS).contains(&form.documents.len()) {
        return Err(Problem::of(ErrorCode::Invalid)
            .with_detail("请选择 1 至 50 个文件", "Choose 1 to 50 documents"));
    }
    let documents: Vec<Id> = form
        .documents
        .iter()
        .map(|id| path_id(id))
        .collect::<Result<_, _>>()?;
    let usable = state.store.usable_seals(tenant.id(), &account.id).await?;
    let seal = usable.into_iter().find(|seal| seal.id.as_str() == id);
    let Some(seal) = seal else {
        let known = state
            .store
            .seal(tenant.id(), &account.organisation.id, &path_id(&id)?)
            .await?;
        return Err(match known {
            None => ErrorCode::NotFound,
            Some(seal) if seal.state != Stage::Enabled => ErrorCode::SealState,
            Some(_) => ErrorCode::Forbidden,
        }
        .into());
    };
    if !seal.needs_approval {
        return Err(Problem::of(ErrorCode::SealState).with_detail(
            "该印章无需审批，可直接使用",
            "This seal is used without approval",
        ));
    }
    let request = state.new_id();
    let deed = Ask {
        new: NewUseRequest {
            id: &request,
            platform: tenant.id(),
            organisation: &account.organisation.id,
            seal: &seal.id,
            account: &account.id,
            note,
            at: state.now(),
        },
        documents: &documents,
        entry: state.new_id(),
    };
    state.store.perform(&deed).await??;
    let made = state
        .store
        .seal_use_request(tenant.id(), &account.organisation.id, &request)
        .await?;
    let made = made.ok_or(ErrorCode::Internal)?;
    let body = describe(&state, &tenant, &made, &["withdraw"]).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

struct Ask<'a> {
    new: NewUseRequest<'a>,
    documents: &'a [Id],
    entry: Id,
}

impl Deed for Ask<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        if !uses::insert(tx.connection(), &self.new, self.documents).await? {
            return Ok(Err(ErrorCode::DocumentState));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.new.platform.to_owned(),
            at: self.new.at,
            action: "seal_use.requested".into(),
            actor: Some(self.new.account.clone()),
            subject: Some(self.new.seal.to_string()),
            detail: json!({ "request": self.new.id, "documents": self.documents }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
