//! `PUT /api/v1/applications/{id}/form`: autosave. A draft may be incomplete; whoever saves an older version is told.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::Id;
use domain::application::{Event, Form};
use serde::Deserialize;
use store::applications::{self, Application};
use store::{Deed, StoreError, Tx};

use crate::applications::view::{self, Detail};
use crate::applications::{Caller, Context, Fault, offers};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the page has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    version: i64,
    form: Form,
}

/// The application with its new version.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    if !request.form.is_bounded() {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "每项不超过 200 字，且不能有换行",
            "A field has 200 characters at most and no line breaks",
        ));
    }
    let application = caller.find(&state, &tenant, &id).await?;
    let fee = tenant
        .rules
        .catalogue
        .provider(&application.provider)
        .map(|provider| {
            let (kind, holder_type) = (application.facts.kind, application.holder_type);
            offers::fee(provider, tenant.id(), kind, holder_type, request.form.years)
        })
        .unwrap_or(application.facts.fee);
    let actor = caller.actor();
    let deed = Save {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        version: request.version,
        form: serde_json::to_string(&request.form).map_err(|_| Problem::of(ErrorCode::Internal))?,
        fee,
    };
    let saved = state.store.perform(&deed).await??;
    view::detail(&state, &tenant, &caller, &saved)
        .await
        .map(Json)
}

struct Save<'a> {
    context: Context<'a>,
    application: &'a Id,
    version: i64,
    form: String,
    fee: i64,
}

impl Deed for Save<'_> {
    type Done = Application;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Application, Fault>, StoreError> {
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        // The lock has counted already.
        if application.version - 1 != self.version {
            return Ok(Err(Fault::Version));
        }
        if let Err(fault) = self.context.allows(&application, &Event::Edit) {
            return Ok(Err(fault));
        }
        if application.facts.paid && application.facts.fee != self.fee {
            return Ok(Err(Fault::Other(
                ErrorCode::Invalid,
                "费用已支付，有效期不能再修改；如需修改请撤回后重新申请",
                "It is paid for: the years can't change any more; take it back and apply anew",
            )));
        }
        application.form.clone_from(&self.form);
        application.facts.fee = self.fee;
        applications::save(tx.connection(), self.context.platform, &application).await?;
        Ok(Ok(application))
    }
}
