//! `POST /api/v1/applications/{id}/payments`: begins a payment, by corporate transfer or through the gateway.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::Id;
use domain::application::Event;
use domain::entropy::random_bytes;
use serde::Deserialize;
use store::applications::payments::{self, Payment};
use store::jobs::{self, NewJob};
use store::{Deed, StoreError, Tx};

use crate::applications::view::PaymentBody;
use crate::applications::{Caller, Context, Fault};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::payments::query;
use crate::{AppState, Problem};

/// How it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// 对公转账.
    Transfer,
    /// The gateway.
    Gateway,
}

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    method: Method,
}

/// 201 with the payment. Asked again, the open one of that method comes back.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<(StatusCode, Json<PaymentBody>), Problem> {
    if request.method == Method::Gateway && state.gateway.address.is_none() {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "本平台未开通在线支付，请选择对公转账",
            "There is no gateway here; pay by transfer",
        ));
    }
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let deed = Begin {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        method: request.method,
    };
    let payment = state.store.perform(&deed).await??;
    state.jobs_changed.notify_waiters();
    let body = PaymentBody::of(&state, &tenant, &application, &payment);
    Ok((StatusCode::CREATED, Json(body)))
}

struct Begin<'a> {
    context: Context<'a>,
    application: &'a Id,
    method: Method,
}

impl Deed for Begin<'_> {
    type Done = Payment;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Payment, Fault>, StoreError> {
        let (state, platform, now) = (self.context.state, self.context.platform, self.context.now);
        let application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Err(fault) = self.context.allows(&application, &Event::Pay) {
            return Ok(Err(fault));
        }
        let method = match self.method {
            Method::Transfer => "transfer",
            Method::Gateway => "gateway",
        };
        let open = payments::of_application(tx.connection(), platform, self.application)
            .await?
            .into_iter()
            .find(|payment| {
                payment.method == method
                    && matches!(payment.state.as_str(), "waiting" | "voucher" | "refused")
            });
        if let Some(open) = open.filter(|open| open.amount == application.facts.fee) {
            return Ok(Ok(open));
        }
        let payment = Payment {
            id: state.new_id(),
            application: self.application.clone(),
            method: method.to_owned(),
            amount: application.facts.fee,
            memo_code: memo_code(state),
            state: "waiting".into(),
            voucher: None,
            received: None,
            reference: None,
            refusal: None,
            confirmed_at: None,
            refund_reason: None,
            refund_reference: None,
            refunded_at: None,
            created_at: now,
        };
        if !payments::insert(tx.connection(), platform, &payment).await? {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "已有一笔进行中的付款",
                "A payment is under way already",
            )));
        }
        if self.method == Method::Gateway {
            let id = state.new_id();
            let job = NewJob {
                id: &id,
                platform,
                kind: query::JOB,
                subject: payment.id.as_str(),
                due_at: now + query::AFTER,
            };
            jobs::schedule(tx.connection(), &job).await?;
        }
        tx.record(&domain::audit::Entry {
            id: state.new_id(),
            platform: platform.to_owned(),
            at: now,
            action: "application.payment_begun".into(),
            actor: self.context.actor.person().map(|person| person.id().clone()),
            subject: Some(self.application.to_string()),
            detail: serde_json::json!({ "payment": payment.id, "method": method, "amount": payment.amount })
                .to_string(),
        })
        .await?;
        Ok(Ok(payment))
    }
}

/// 附言码: eight characters that nobody misreads, without vowels that could make a word.
fn memo_code(state: &AppState) -> String {
    const ALPHABET: &[u8; 24] = b"BCDFGHJKMNPQRTVWXY346789";
    random_bytes::<8>(&*state.random)
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}
