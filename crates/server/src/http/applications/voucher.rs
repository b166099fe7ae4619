//! `POST /api/v1/applications/{id}/payments/{pid}/voucher`: uploads the bank's voucher (汇款凭证); finance looks next.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use contract::ErrorCode;
use domain::Id;
use domain::application::Event;
use serde::Deserialize;
use store::applications::payments::{self, Payment};
use store::{Deed, StoreError, Tx};

use crate::applications::view::PaymentBody;
use crate::applications::{Caller, Context, Fault, files};
use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    #[serde(default)]
    name: String,
}

/// The payment, waiting for finance.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path((id, payment)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PaymentBody>, Problem> {
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let context = Context::of(&state, &tenant, &caller, &actor);
    context.allows(&application, &Event::Voucher)?;
    let payment = path_id(&payment)?;
    let paper = files::receive(&state, &headers, &parameters.name, body).await?;
    let object = format!("vouchers/{}/{}", payment, state.new_id());
    let size = i64::try_from(paper.received.size).unwrap_or(i64::MAX);
    state.files.put(&object, paper.received).await?;
    let deed = Keep {
        context,
        application: &application.id,
        payment: &payment,
        voucher: (&object, paper.media_type, size),
    };
    match state.store.perform(&deed).await {
        Ok(Ok(payment)) => Ok(Json(PaymentBody::of(
            &state,
            &tenant,
            &application,
            &payment,
        ))),
        Ok(Err(fault)) => {
            state.files.discard(&object).await;
            Err(fault.into())
        }
        Err(error) => {
            state.files.discard(&object).await;
            Err(error.into())
        }
    }
}

struct Keep<'a> {
    context: Context<'a>,
    application: &'a Id,
    payment: &'a Id,
    voucher: (&'a str, &'a str, i64),
}

impl Deed for Keep<'_> {
    type Done = Payment;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Payment, Fault>, StoreError> {
        let platform = self.context.platform;
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        let known = payments::by_id(tx.connection(), platform, self.payment)
            .await?
            .filter(|payment| payment.application == *self.application);
        if known.is_none() {
            return Ok(Err(Fault::NotFound));
        }
        if !payments::keep_voucher(tx.connection(), platform, self.payment, self.voucher).await? {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "该笔付款已结清，或不是对公转账",
                "This payment is settled, or is no transfer",
            )));
        }
        let payment = payments::by_id(tx.connection(), platform, self.payment)
            .await?
            .ok_or(StoreError::Impossible("payment.id"))?;
        let stepped = self
            .context
            .advance(tx, &mut application, &Event::Voucher, None)
            .await?;
        Ok(stepped.map(|_| payment))
    }
}
