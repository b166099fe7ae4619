//! `POST /api/v1/operator/applications/{id}/unlock-code`: 授权码, told by telephone to the handler that the form names.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::{Duty, Form, Kind, State as Stands};
use domain::entropy::random_bytes;
use domain::{Id, Span};
use serde_json::{Value, json};
use store::applications::codes;
use store::{Deed, StoreError, Tx};

use crate::applications::caller::Desk;
use crate::applications::{Context, Fault};
use crate::http::extract::Tenant;
use crate::http::progress::hash;
use crate::{AppState, Problem};

/// How long a code counts.
const VALID: Span = Span::hours(24);

/// The code, once; a new one takes the place of the old.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    if caller.require(Duty::Review).is_err() {
        caller.require(Duty::SecondReview)?;
    }
    let application = caller.find(&state, &tenant, &id).await?;
    let random = u64::from_be_bytes(random_bytes(&*state.random)) % 100_000_000;
    let code = format!("{random:08}");
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    let deed = Give {
        context,
        application: &application.id,
        code_hash: hash(&application.number, &code),
        by: caller.id(),
    };
    state.store.perform(&deed).await??;
    let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
    Ok(Json(json!({
        "code": code, "expires_at": crate::http::time::rfc3339(context.now + VALID),
        "tell": { "handler": form.handler, "phone": form.handler_phone },
    })))
}

struct Give<'a> {
    context: Context<'a>,
    application: &'a Id,
    code_hash: [u8; 32],
    by: &'a Id,
}

impl Deed for Give<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        let wanted =
            application.facts.kind == Kind::Unlock && application.facts.state == Stands::Writing;
        if !wanted {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "审核、复核通过后的解锁申请才有授权码",
                "A code is given for an unlock that two reviews have passed",
            )));
        }
        let (platform, now) = (self.context.platform, self.context.now);
        codes::set_unlock(
            tx.connection(),
            platform,
            self.application,
            &self.code_hash,
            self.by,
            (now, VALID),
        )
        .await?;
        self.context
            .note(tx, &application, "unlock_code_given", "")
            .await?;
        Ok(Ok(()))
    }
}
