//! `POST /api/v1/operator/payments/{id}/refund`: the money went back; finance names the bank's reference.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::application::Duty;
use serde::Deserialize;
use store::applications::payments;
use store::{Deed, StoreError, Tx};

use super::lock;
use crate::applications::caller::Desk;
use crate::applications::{Context, Fault};
use crate::http::applications::originals::short;
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// The bank's reference.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    reference: String,
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
    let deed = Refund {
        context: Context::of(&state, &tenant, &caller, &actor),
        payment: &payment,
        reference: &reference,
        by: caller.id(),
    };
    state.store.perform(&deed).await??;
    Ok(StatusCode::NO_CONTENT)
}

struct Refund<'a> {
    context: Context<'a>,
    payment: &'a Id,
    reference: &'a str,
    by: &'a Id,
}

impl Deed for Refund<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let (platform, now) = (self.context.platform, self.context.now);
        let (payment, application) = match lock(&self.context, tx, self.payment).await? {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        let went = payments::refunded(
            tx.connection(),
            platform,
            self.payment,
            self.reference,
            self.by,
            now,
        )
        .await?;
        if went.is_none() {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "该笔付款没有待退的款项",
                "Nothing of this payment is to go back",
            )));
        }
        let facts = serde_json::json!({
            "application": application.id, "number": application.number, "reference": self.reference,
            "amount": payment.received.unwrap_or(payment.amount),
        });
        self.context
            .notice(
                tx,
                &application,
                "payment_refunded",
                self.payment.as_str(),
                &facts,
            )
            .await?;
        self.context
            .note(tx, &application, "refunded", self.reference)
            .await?;
        Ok(Ok(()))
    }
}
