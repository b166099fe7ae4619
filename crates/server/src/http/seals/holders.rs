//! `PUT /api/v1/seals/{id}/holders`: who may use a seal, and whether each use is approved.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::seal::State as Stage;
use domain::{Id, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::{self, Holders};
use store::{Deed, StoreError, Tx};

use super::applications::{HoldersForm, keeper};
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What is set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    version: i64,
    holders: HoldersForm,
    needs_approval: bool,
}

/// 200 with what stands.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<Value>, Problem> {
    keeper(&session)?;
    let holders = form.holders.read()?;
    let deed = Set {
        platform: tenant.id(),
        organisation: &session.account.organisation.id,
        account: &session.account.id,
        seal: &path_id(&id)?,
        version: form.version,
        holders: &holders,
        needs_approval: form.needs_approval,
        entry: state.new_id(),
        now: state.now(),
    };
    let version = state.store.perform(&deed).await??;
    Ok(Json(json!({
        "id": id, "version": version, "needs_approval": form.needs_approval,
        "holders": { "accounts": holders.accounts, "roles": holders.roles },
    })))
}

struct Set<'a> {
    platform: &'a str,
    organisation: &'a Id,
    account: &'a Id,
    seal: &'a Id,
    version: i64,
    holders: &'a Holders,
    needs_approval: bool,
    entry: Id,
    now: Timestamp,
}

impl Deed for Set<'_> {
    type Done = i64;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<i64, ErrorCode>, StoreError> {
        let (platform, organisation) = (self.platform, self.organisation);
        let found =
            seals::lock(tx.connection(), platform, organisation, self.seal, self.now).await?;
        let Some(found) = found else {
            return Ok(Err(ErrorCode::NotFound));
        };
        // A person's hand is that person's, whatever anybody says.
        if found.owner.is_some() || found.state == Stage::Revoked {
            return Ok(Err(ErrorCode::SealState));
        }
        // Locking counted one.
        if found.version != self.version + 1 {
            return Ok(Err(ErrorCode::ChangedElsewhere));
        }
        let set = seals::set_holders(
            tx.connection(),
            platform,
            self.seal,
            self.holders,
            self.needs_approval,
        );
        if !set.await? {
            return Ok(Err(ErrorCode::NotFound));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.now,
            action: "seal.holders".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.seal.to_string()),
            detail: json!({
                "accounts": self.holders.accounts, "roles": self.holders.roles, "needs_approval": self.needs_approval,
            })
            .to_string(),
        })
        .await?;
        Ok(Ok(found.version))
    }
}
