//! `POST /api/v1/seals/{id}/{enable|disable|revoke}`: 启用, 停用, 作废.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::seal::{Event, keeps_seals};
use domain::{Id, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::{self, Stepped};
use store::{Deed, StoreError, Tx};

use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::forced_unbindings::object;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    note: Option<String>,
}

/// 启用.
pub async fn enable(
    state: State<AppState>,
    tenant: Tenant,
    session: LoggedIn,
    id: Path<String>,
    form: JsonBody<Form>,
) -> Result<Json<Value>, Problem> {
    perform(state, tenant, session, id, form, Event::Enable).await
}

/// 停用.
pub async fn disable(
    state: State<AppState>,
    tenant: Tenant,
    session: LoggedIn,
    id: Path<String>,
    form: JsonBody<Form>,
) -> Result<Json<Value>, Problem> {
    perform(state, tenant, session, id, form, Event::Disable).await
}

/// 作废: for good, and with a reason.
pub async fn revoke(
    state: State<AppState>,
    tenant: Tenant,
    session: LoggedIn,
    id: Path<String>,
    form: JsonBody<Form>,
) -> Result<Json<Value>, Problem> {
    perform(state, tenant, session, id, form, Event::Revoke).await
}

async fn perform(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
    event: Event,
) -> Result<Json<Value>, Problem> {
    let said = match form.note.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Some(object::note(text)?),
        _ if event == Event::Revoke => Some(object::note("")?),
        _ => None,
    };
    let account = &session.account;
    let deed = Step {
        platform: tenant.id(),
        organisation: &account.organisation.id,
        account: &account.id,
        keeps: keeps_seals(&account.role),
        seal: &path_id(&id)?,
        event,
        note: said,
        entry: state.new_id(),
        now: state.now(),
    };
    let word = state.store.perform(&deed).await??;
    Ok(Json(json!({ "id": id, "state": word })))
}

struct Step<'a> {
    platform: &'a str,
    organisation: &'a Id,
    account: &'a Id,
    keeps: bool,
    seal: &'a Id,
    event: Event,
    note: Option<&'a str>,
    entry: Id,
    now: Timestamp,
}

impl Deed for Step<'_> {
    type Done = &'static str;
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<&'static str, Problem>, StoreError> {
        let (platform, organisation) = (self.platform, self.organisation);
        seals::lock_organisation(tx.connection(), platform, organisation).await?;
        let found =
            seals::lock(tx.connection(), platform, organisation, self.seal, self.now).await?;
        let Some(found) = found else {
            return Ok(Err(ErrorCode::NotFound.into()));
        };
        if !self.keeps && found.owner.as_ref() != Some(self.account) {
            return Ok(Err(ErrorCode::Forbidden.into()));
        }
        let Some(next) = found.state.step(self.event) else {
            return Ok(Err(ErrorCode::SealState.into()));
        };
        if self.event == Event::Enable
            && seals::another_in_force(tx.connection(), platform, self.seal).await?
        {
            return Ok(Err(Problem::of(ErrorCode::SealState).with_detail(
                "已有同类印章启用中，请先停用",
                "Another seal of this kind is in force; take it out of force first",
            )));
        }
        let step = Stepped {
            platform,
            seal: self.seal,
            state: next,
            operator: false,
            by: self.account,
            note: self.note,
            at: self.now,
        };
        seals::step(tx.connection(), &step).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "seal.stepped".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.seal.to_string()),
            detail: json!({ "state": next.word() }).to_string(),
        })
        .await?;
        Ok(Ok(next.word()))
    }
}
