//! Applications in JSON, for suppliers and desks.

use contract::ErrorCode;
use domain::Timestamp;
use domain::application::{Actor, Duty, Form, Kind, PaymentOrder, Policy, State, Type, possible};
use serde::Serialize;
use serde_json::Value;
use store::applications::materials::Material;
use store::applications::payments::Payment;
use store::applications::{Application, Step};

use super::step::{conflict, policy};
use super::{Caller, offers};
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// An application in a list.
#[derive(Debug, Serialize)]
pub struct Summary {
    id: String,
    number: String,
    provider: String,
    provider_name: contract::Text,
    kind: Kind,
    #[serde(rename = "type")]
    holder_type: Type,
    way: domain::application::Way,
    state: State,
    state_text: contract::Text,
    organisation: String,
    holder: String,
    fee: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_number: Option<String>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    overdue: bool,
    next: Vec<&'static str>,
}

/// An application whole.
#[derive(Debug, Serialize)]
pub struct Detail {
    #[serde(flatten)]
    summary: Summary,
    version: i64,
    form: Form,
    payment_order: PaymentOrder,
    materials: Vec<MaterialBody>,
    papers: Vec<offers::Paper>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    originals: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<Value>,
    history: Vec<StepBody>,
    /// The key that it is about, where it leads to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_key_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duties: Option<Vec<Duty>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflicts: Option<Vec<Conflict>>,
}

/// A duty that the caller has and may not use here.
#[derive(Debug, Serialize)]
struct Conflict {
    duty: Duty,
    because: contract::Text,
}

/// A material in JSON.
#[derive(Debug, Serialize)]
pub struct MaterialBody {
    id: String,
    material: String,
    name: String,
    size: i64,
    media_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<i64>,
    sha256: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Value>,
}

impl MaterialBody {
    /// A material's row.
    #[must_use]
    pub fn of(material: &Material) -> Self {
        Self {
            id: material.id.to_string(),
            material: material.material.clone(),
            name: material.name.clone(),
            size: material.size,
            media_type: material.media_type.clone(),
            pages: material.pages,
            sha256: material.sha256.clone(),
            created_at: rfc3339(material.created_at),
            mark: material
                .mark
                .as_ref()
                .map(|text| serde_json::json!({ "text": text })),
        }
    }
}

/// A payment in JSON.
#[derive(Debug, Serialize)]
pub struct PaymentBody {
    id: String,
    method: String,
    /// `pending`, `reported`, `confirmed`, `refused`, `refund_due`, `refunded`.
    state: &'static str,
    amount: i64,
    memo_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<catalogue::BankAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<Value>,
    created_at: String,
}

impl PaymentBody {
    /// A payment's row; where it is paid depends on its method.
    #[must_use]
    pub fn of(
        state: &AppState,
        tenant: &Tenant,
        application: &Application,
        payment: &Payment,
    ) -> Self {
        let open = matches!(payment.state.as_str(), "waiting" | "voucher" | "refused");
        let rules = tenant
            .rules
            .catalogue
            .provider(&application.provider)
            .and_then(|provider| provider.applications_on(tenant.id()));
        let transfer = payment.method == "transfer";
        Self {
            id: payment.id.to_string(),
            method: payment.method.clone(),
            state: match payment.state.as_str() {
                "waiting" => "pending",
                "voucher" => "reported",
                "confirmed" => "confirmed",
                "refused" => "refused",
                "refund_due" => "refund_due",
                _ => "refunded",
            },
            amount: payment.amount,
            memo_code: payment.memo_code.clone(),
            bank: rules
                .and_then(|rules| rules.bank.clone())
                .filter(|_| transfer && open),
            redirect: (!transfer && open)
                .then(|| state.gateway.pay_address(tenant, application, payment))
                .flatten(),
            voucher: payment
                .voucher
                .as_ref()
                .map(|(_, media_type, size)| serde_json::json!({
                    "name": if media_type == "application/pdf" { "voucher.pdf" } else { "voucher" },
                    "size": size, "media_type": media_type, "at": rfc3339(payment.created_at),
                })),
            refusal: payment
                .refusal
                .as_ref()
                .map(|reason| serde_json::json!({ "reason": reason })),
            received: payment.received,
            reference: payment.reference.clone(),
            confirmed_at: payment.confirmed_at.map(rfc3339),
            refund: payment.refund_reason.as_ref().map(|reason| {
                serde_json::json!({
                    "reason": reason, "reference": payment.refund_reference, "at": payment.refunded_at.map(rfc3339),
                })
            }),
            created_at: rfc3339(payment.created_at),
        }
    }
}

#[derive(Debug, Serialize)]
struct StepBody {
    at: String,
    event: String,
    state: State,
    state_text: contract::Text,
    by_role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What is the same for every row of a list.
pub struct Viewer<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Who looks.
    pub actor: &'a Actor,
    /// Now.
    pub now: Timestamp,
}

impl Viewer<'_> {
    fn policy(&self, application: &Application) -> Policy {
        policy(&self.tenant.rules, self.tenant.id(), &application.provider)
    }

    /// What the viewer may do, by the words that pages know.
    fn next(&self, application: &Application) -> Vec<&'static str> {
        possible(&application.facts, self.actor, &self.policy(application))
            .into_iter()
            .map(|word| match word {
                "send_originals" | "receive_originals" => "originals",
                "receive" => "receipt",
                other => other,
            })
            .collect()
    }

    /// A row of a list.
    #[must_use]
    pub fn summary(&self, application: &Application) -> Summary {
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        let provider = self.tenant.rules.catalogue.provider(&application.provider);
        let name = provider.map_or_else(
            || contract::Text::new(&application.provider, &application.provider),
            |provider| contract::Text::new(&provider.name.zh, &provider.name.en),
        );
        Summary {
            id: application.id.to_string(),
            number: application.number.clone(),
            provider: application.provider.clone(),
            provider_name: name,
            kind: application.facts.kind,
            holder_type: application.holder_type,
            way: application.facts.way,
            state: application.facts.state,
            state_text: application.facts.state.text_for(application.facts.kind),
            organisation: form.organisation,
            holder: form.holder,
            fee: application.facts.fee,
            key_number: application
                .new_key_number
                .clone()
                .or_else(|| application.key_number.clone()),
            created_at: rfc3339(application.created_at),
            updated_at: rfc3339(application.entered_state_at),
            due_at: application.due_at.map(rfc3339),
            overdue: application.due_at.is_some_and(|due| due < self.now),
            next: self.next(application),
        }
    }
}

/// An application with everything that belongs to it.
///
/// # Errors
/// Those of the store.
pub async fn detail(
    state: &AppState,
    tenant: &Tenant,
    caller: &Caller,
    application: &Application,
) -> Result<Detail, Problem> {
    let (platform, id) = (tenant.id(), &application.id);
    let actor = caller.actor();
    let viewer = Viewer {
        tenant,
        actor: &actor,
        now: state.now(),
    };
    let mut summary = viewer.summary(application);
    let payments = state.store.payments_of(platform, id).await?;
    let invoice = state.store.invoice_of(platform, id).await?;
    let history = state.store.application_history(platform, id).await?;
    let desk = matches!(caller, Caller::Operator { .. });
    more_steps(
        state,
        tenant,
        &actor,
        application,
        &payments,
        invoice.is_some(),
        &mut summary.next,
    )
    .await?;
    let facts = &application.facts;
    let form: Form =
        serde_json::from_str(&application.form).map_err(|_| Problem::of(ErrorCode::Internal))?;
    let papers = tenant.rules.catalogue.provider(&application.provider);
    Ok(Detail {
        version: application.version,
        form,
        payment_order: viewer.policy(application).payment,
        materials: state
            .store
            .materials_of(platform, id)
            .await?
            .iter()
            .map(MaterialBody::of)
            .collect(),
        papers: papers
            .map(|provider| {
                offers::papers(provider, platform, facts.kind, application.holder_type)
            })
            .unwrap_or_default(),
        returned: application
            .returned
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok()),
        rejection: application
            .rejection
            .as_ref()
            .map(|reason| serde_json::json!({ "reason": reason })),
        payment: payments
            .iter()
            .find(|payment| payment.state == "confirmed")
            .or_else(|| payments.first())
            .map(|payment| PaymentBody::of(state, tenant, application, payment)),
        originals: (application.originals_sent_at.is_some() || facts.originals_received).then(|| {
            serde_json::json!({
                "courier": application.originals_courier, "number": application.originals_number,
                "sent_at": application.originals_sent_at.map(rfc3339), "received": facts.originals_received,
            })
        }),
        shipment: application.shipped_at.map(|at| {
            serde_json::json!({
                "courier": application.shipment_courier, "number": application.shipment_number,
                "pick_up": application.pick_up, "sent_at": rfc3339(at),
            })
        }),
        invoice: invoice
            .map(|invoice| serde_json::json!({
                "requested": true, "number": invoice.number, "issued_at": rfc3339(invoice.issued_at), "size": invoice.size,
            }))
            .or_else(|| {
                let at = application.invoice_requested_at?;
                Some(serde_json::json!({ "requested": true, "requested_at": rfc3339(at) }))
            }),
        history: explained(state, tenant, application, history, desk).await?,
        old_key_number: application
            .key_number
            .clone()
            .filter(|_| application.new_key_number.is_some()),
        duties: match caller {
            Caller::Operator { duties, .. } => Some(duties.clone()),
            Caller::Supplier(_) => None,
        },
        conflicts: desk.then(|| {
            facts
                .conflicts(&actor)
                .into_iter()
                .map(|(duty, did)| Conflict {
                    duty,
                    because: conflict(duty, did),
                })
                .collect()
        }),
        summary,
    })
}

/// The history; a supplier reads what happened and not which employee did it.
async fn explained(
    state: &AppState,
    tenant: &Tenant,
    application: &Application,
    history: Vec<Step>,
    desk: bool,
) -> Result<Vec<StepBody>, Problem> {
    let mut steps = Vec::with_capacity(history.len());
    for step in history {
        let by = match &step.by_id {
            Some(id) if desk && step.by_role == "operator" => match id.parse() {
                Ok(id) => state.store.operator_person(tenant.id(), &id).await?,
                Err(_) => None,
            },
            _ => None,
        };
        steps.push(StepBody {
            at: rfc3339(step.at),
            event: step.event,
            state: step.state,
            state_text: step.state.text_for(application.facts.kind),
            by_role: step.by_role,
            by,
            note: step.note,
        });
    }
    Ok(steps)
}

/// What does not follow from the machine alone: vouchers, refunds, invoices, binding.
async fn more_steps(
    state: &AppState,
    tenant: &Tenant,
    actor: &Actor,
    application: &Application,
    payments: &[Payment],
    invoiced: bool,
    next: &mut Vec<&'static str>,
) -> Result<(), Problem> {
    let facts = &application.facts;
    let supplier = matches!(actor, Actor::Supplier(_));
    let open_transfer = payments.iter().any(|payment| {
        payment.method == "transfer"
            && matches!(payment.state.as_str(), "waiting" | "voucher" | "refused")
    });
    let awaits = matches!(facts.state, State::AwaitingPayment | State::PaymentReview);
    if (supplier || actor.has(Duty::Intake)) && open_transfer && awaits {
        next.push("voucher");
    }
    if supplier && facts.is_kept() && !invoiced && application.invoice_requested_at.is_none() {
        next.push("invoice_request");
    }
    if actor.has(Duty::Finance) {
        if payments.iter().any(|payment| payment.state == "refund_due") {
            next.push("refund");
        }
        if facts.is_kept() && !invoiced && application.invoice_requested_at.is_some() {
            next.push("invoice");
        }
    }
    if supplier
        && facts.state == State::Active
        && let Some(number) = &application.new_key_number
        && state
            .store
            .binding_of_key(tenant.id(), number)
            .await?
            .is_none()
    {
        next.push("bind");
    }
    Ok(())
}
