//! `POST /api/v1/operator/payments/{id}/confirm`: finance found the money. Another amount than the price is never taken as
//! paid: it is booked as to be refunded, where finance says so.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::application::{Duty, Event};
use serde::Deserialize;
use store::applications::payments::{self, Arrival};
use store::{Deed, StoreError, Tx};

use super::lock;
use crate::applications::caller::Desk;
use crate::applications::{Context, Fault};
use crate::http::applications::originals::short;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::payments::query::mismatch;
use crate::{AppState, Problem};

/// What the bank's statement says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// 分.
    amount: i64,
    reference: String,
    /// Books an amount that does not fit, to be sent back.
    #[serde(default)]
    to_refund: bool,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<StatusCode, Problem> {
    caller.require(Duty::Finance)?;
    let reference = short(&request.reference)?;
    let payment = path_id(&id)?;
    let actor = caller.actor();
    let deed = Confirm {
        context: Context::of(&state, &tenant, &caller, &actor),
        payment: &payment,
        amount: request.amount,
        reference: &reference,
        to_refund: request.to_refund,
        by: caller.id(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Confirm<'a> {
    context: Context<'a>,
    payment: &'a Id,
    amount: i64,
    reference: &'a str,
    to_refund: bool,
    by: &'a Id,
}

impl Deed for Confirm<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let (platform, now) = (self.context.platform, self.context.now);
        let (payment, mut application) = match lock(&self.context, tx, self.payment).await? {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        let fits = self.amount == payment.amount;
        if self.amount <= 0 || (!fits && !self.to_refund) {
            return Ok(Err(mismatch()));
        }
        if let Err(fault) = self.context.allows(&application, &Event::Paid) {
            return Ok(Err(fault));
        }
        let wanted = fits && !application.facts.paid && !application.facts.state.is_final();
        let arrival = Arrival {
            state: if wanted { "confirmed" } else { "refund_due" },
            amount: self.amount,
            reference: self.reference,
            by: Some(self.by),
            refund_reason: match (wanted, fits) {
                (true, _) => None,
                (false, true) => Some("not_wanted"),
                (false, false) => Some("amount_mismatch"),
            },
            at: now,
        };
        if !payments::arrived(tx.connection(), platform, self.payment, &arrival).await? {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "该笔付款已处理",
                "This payment is settled",
            )));
        }
        if !fits {
            self.context
                .note(tx, &application, "payment_mismatch", self.reference)
                .await?;
            return Ok(Ok(()));
        }
        let stepped = self
            .context
            .advance(tx, &mut application, &Event::Paid, Some(self.reference))
            .await?;
        Ok(stepped.map(|_| ()))
    }
}
