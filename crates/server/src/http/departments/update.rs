//! `PUT /api/v1/departments/{id}`: renames or moves one. One with parts of its own moves on its level only: their depths are
//! written in their rows.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use domain::registration::DisplayName;
use serde::Deserialize;
use store::accounts::departments::{self, Department};
use store::{Deed, StoreError, Tx, organisations};

use super::DepartmentBody;
use super::create::DEEPEST;
use crate::http::accounts::administrator;
use crate::http::documents::path_id;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    name: String,
    parent: Option<Id>,
    version: Option<i64>,
}

/// 200 with what stands now.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<Json<DepartmentBody>, Problem> {
    administrator(&session)?;
    let name: DisplayName = form.name.parse().map_err(|e| shape(e, "部门名称"))?;
    let organisation = &session.account.organisation.id;
    let (platform, id) = (tenant.id(), path_id(&id)?);
    let seen = state.store.department(platform, organisation, &id).await?;
    let seen = seen.ok_or(ErrorCode::NotFound)?;
    let parent = match &form.parent {
        Some(parent) => {
            let found = state.store.department(platform, organisation, parent);
            Some(found.await?.ok_or(ErrorCode::NotFound)?)
        }
        None => None,
    };
    let depth = parent.as_ref().map_or(1, |parent| parent.depth + 1);
    let own = parent.as_ref().is_some_and(|parent| parent.id == seen.id);
    if own || depth > DEEPEST || (depth != seen.depth && seen.parts > 0) {
        return Err(ErrorCode::DepartmentDepth.into());
    }
    let deed = Update {
        platform,
        organisation,
        seen: &seen,
        version: form.version.unwrap_or(seen.version),
        name: name.as_str(),
        parent: parent.as_ref(),
    };
    state.store.perform(&deed).await??;
    let stands = state.store.department(platform, organisation, &id).await?;
    let stands = stands.ok_or(ErrorCode::Internal)?;
    Ok(Json(DepartmentBody::of(&stands)))
}

struct Update<'a> {
    platform: &'a str,
    organisation: &'a Id,
    seen: &'a Department,
    version: i64,
    name: &'a str,
    parent: Option<&'a Department>,
}

impl Deed for Update<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        // One change of a tree at a time: a name that is free now is free when it is written.
        organisations::lock(tx.connection(), self.platform, self.organisation).await?;
        let parent = self.parent.map(|parent| &parent.id);
        let (organisation, itself) = (self.organisation, &self.seen.id);
        if departments::has_namesake(tx.connection(), organisation, parent, self.name, itself)
            .await?
        {
            return Ok(Err(ErrorCode::NameTaken));
        }
        let parent = self.parent.map(|parent| (&parent.id, parent.depth));
        let changed = departments::change(
            tx.connection(),
            self.platform,
            itself,
            self.version,
            self.name,
            parent,
        )
        .await?;
        Ok(if changed {
            Ok(())
        } else {
            Err(ErrorCode::ChangedElsewhere)
        })
    }
}
