//! `POST /api/v1/applications/{id}/invoice-request`: asks for the invoice of what was paid, with the form's data.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::application::{Form, FormRules, Kind, Type};
use store::applications;
use store::{Deed, StoreError, Tx};

use crate::applications::{Caller, Context, Fault};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// 204; finance uploads it and the account is told.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.supplier()?;
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let deed = Ask {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Ask<'a> {
    context: Context<'a>,
    application: &'a Id,
}

impl Deed for Ask<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if !application.facts.is_kept() {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "费用到账后可申请发票；已退款的申请不开票",
                "An invoice can be asked for once the fee has come, and not of a fee that goes back",
            )));
        }
        let form: Form = serde_json::from_str(&application.form)
            .map_err(|_| StoreError::Impossible("application.form"))?;
        let rules = FormRules {
            kind: Kind::New,
            holder_type: Type::Organisation,
            organisation: None,
            uscc: None,
            years: &[],
        };
        let complete = form.invoice.kind.is_some()
            && !form
                .faults(&rules)
                .iter()
                .any(|fault| fault.field.starts_with("invoice."));
        if !complete {
            return Ok(Err(Fault::Other(
                ErrorCode::Invalid,
                "发票信息不完整：请填写类型、抬头、税号和邮箱",
                "The invoice's kind, title, tax number and address are wanted",
            )));
        }
        if application.invoice_requested_at.is_none() {
            application.invoice_requested_at = Some(self.context.now);
            applications::save(tx.connection(), self.context.platform, &application).await?;
            self.context
                .note(tx, &application, "invoice_requested", "")
                .await?;
        }
        Ok(Ok(()))
    }
}
