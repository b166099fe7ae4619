//! `POST /api/v1/operator/payments/{id}/refuse`: finance did not find the money.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::application::{Duty, Event};
use serde::Deserialize;
use store::applications::payments;
use store::{Deed, StoreError, Tx};

use super::lock;
use crate::applications::caller::Desk;
use crate::applications::{Context, Fault};
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    reason: String,
}

/// 204; the applicant uploads another voucher or pays.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<StatusCode, Problem> {
    caller.require(Duty::Finance)?;
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Problem::of(ErrorCode::Invalid)
            .with_detail("请填写 1 至 500 字的原因", "Say why in 1 to 500 characters"));
    }
    let payment = path_id(&id)?;
    let actor = caller.actor();
    let deed = Refuse {
        context: Context::of(&state, &tenant, &caller, &actor),
        payment: &payment,
        reason,
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Refuse<'a> {
    context: Context<'a>,
    payment: &'a Id,
    reason: &'a str,
}

impl Deed for Refuse<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let platform = self.context.platform;
        let (_, mut application) = match lock(&self.context, tx, self.payment).await? {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        if !payments::refuse(tx.connection(), platform, self.payment, self.reason).await? {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "该笔付款已处理",
                "This payment is settled",
            )));
        }
        let event = Event::PaymentRefused;
        let stepped = self
            .context
            .advance(tx, &mut application, &event, Some(self.reason))
            .await?;
        Ok(stepped.map(|_| ()))
    }
}
