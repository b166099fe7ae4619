//! `/api/v1/operator/canned-answers`: answers that the desk has written before, tied to cases.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::tickets::canned::{self, Canned};
use store::{Deed, StoreError, Tx};

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::http::tickets::words;
use crate::{AppState, Problem};

/// An answer in JSON.
#[derive(Debug, Serialize)]
pub struct Body {
    id: String,
    case: String,
    text: String,
}

/// A new answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// A case of the catalogue.
    case: String,
    text: String,
}

/// All of them, by case.
pub async fn list(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(_): Operator,
) -> Result<Json<Vec<Body>>, Problem> {
    let all = state.store.canned_answers(tenant.id()).await?;
    let body = |canned: Canned| Body {
        id: canned.id.to_string(),
        case: canned.case,
        text: canned.text,
    };
    Ok(Json(all.into_iter().map(body).collect()))
}

/// 201.
pub async fn create(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let case = doctor::case::by_name(&form.case).ok_or(ErrorCode::Invalid)?;
    let deed = Change {
        platform: tenant.id(),
        by: &session.operator.id,
        what: What::Write(Canned {
            id: state.new_id(),
            case: case.name.to_owned(),
            text: words(&form.text)?,
        }),
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(Problem::of)?;
    Ok(StatusCode::CREATED)
}

/// 204.
pub async fn end(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let deed = Change {
        platform: tenant.id(),
        by: &session.operator.id,
        what: What::End(path_id(&id)?),
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(Problem::of)?;
    Ok(StatusCode::NO_CONTENT)
}

enum What {
    Write(Canned),
    End(Id),
}

struct Change<'a> {
    platform: &'a str,
    by: &'a Id,
    what: What,
    entry: Id,
    now: Timestamp,
}

impl Deed for Change<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let (action, subject) = match &self.what {
            What::Write(new) => {
                canned::insert_canned(tx.connection(), self.platform, new, self.by, self.now)
                    .await?;
                ("canned_answer.written", &new.id)
            }
            What::End(id) => {
                if !canned::end_canned(tx.connection(), self.platform, id, self.now).await? {
                    return Ok(Err(ErrorCode::NotFound));
                }
                ("canned_answer.ended", id)
            }
        };
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: action.into(),
            actor: Some(self.by.clone()),
            subject: Some(subject.to_string()),
            detail: "{}".to_owned(),
        })
        .await?;
        Ok(Ok(()))
    }
}
