//! `POST /api/v1/progress`: how far an application is, for whoever has the code.

use axum::Json;
use axum::extract::State;
use contract::ErrorCode;
use domain::Timestamp;
use domain::application::{Form, Kind, State as Stands};
use serde::Deserialize;
use serde_json::{Value, json};
use store::applications::codes;
use store::{Deed, StoreError, Tx};

use super::{codes::number, hash};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Tries for a code.
const TRIES: i64 = 5;

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    number: String,
    phone: String,
    code: String,
}

/// States and steps, and nothing of the form.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Value>, Problem> {
    let number = number(&request.number)?;
    let wrong = || Problem::of(ErrorCode::CodeWrong);
    let deed = Try {
        platform: tenant.id(),
        number: &number,
        now: state.now(),
    };
    let Ok(kept) = state.store.perform(&deed).await?;
    let (application, kept) = kept.ok_or_else(wrong)?;
    // Compared as hashes of what only the telephone was told; a code of nobody's application is wrong for everybody.
    if kept != hash(&number, request.code.trim()) {
        return Err(wrong());
    }
    let id = application.ok_or_else(wrong)?;
    let application = state
        .store
        .application(tenant.id(), &id)
        .await?
        .ok_or_else(wrong)?;
    let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
    if form.handler_phone != request.phone.trim() {
        return Err(wrong());
    }
    let facts = &application.facts;
    let history = state.store.application_history(tenant.id(), &id).await?;
    let reached = |wanted: &Stands| {
        history
            .iter()
            .rev()
            .find(|step| step.state == *wanted)
            .map(|step| step.at)
    };
    let now_at = history.last().map(|step| step.state);
    let steps: Vec<Value> = path(facts.kind, &history, facts.state)
        .iter()
        .map(|one| {
            let at = reached(one);
            json!({
                "name": one.text_for(facts.kind), "state": one, "at": at.map(rfc3339),
                "done": at.is_some() && now_at != Some(*one) || (one.is_final() && at.is_some()),
            })
        })
        .collect();
    let provider = tenant.rules.catalogue.provider(&application.provider);
    Ok(Json(json!({
        "number": application.number, "provider_name": provider.map(|provider| provider.name.clone()),
        "kind": facts.kind, "kind_text": facts.kind.text(), "state": facts.state,
        "state_text": facts.state.text_for(facts.kind), "steps": steps,
        "shipment": application.shipped_at.map(|at| json!({
            "courier": application.shipment_courier, "number": application.shipment_number,
            "pick_up": application.pick_up, "sent_at": rfc3339(at),
        })),
    })))
}

/// The states that an application went through, in their order, each once.
fn path(kind: Kind, history: &[store::applications::Step], present: Stands) -> Vec<Stands> {
    let mut states: Vec<Stands> = Vec::new();
    for step in history {
        if !states.contains(&step.state) {
            states.push(step.state);
        }
    }
    // What is still to come, where it goes on at all.
    if !matches!(present, Stands::Rejected | Stands::Withdrawn) {
        for one in ahead(kind) {
            if !states.contains(one) {
                states.push(*one);
            }
        }
    }
    states
}

/// The states that an application of a kind passes on its way, in their order.
const fn ahead(kind: Kind) -> &'static [Stands] {
    use Stands as S;
    match kind {
        Kind::Renewal => &[S::Submitted, S::SecondReview, S::Writing, S::Active],
        Kind::Unlock => &[S::Submitted, S::SecondReview, S::Writing, S::Closed],
        Kind::Revocation | Kind::Suspension | Kind::Resumption => {
            &[S::Submitted, S::SecondReview, S::Production, S::Closed]
        }
        Kind::New | Kind::Additional | Kind::Change | Kind::Replacement => &[
            S::Submitted,
            S::SecondReview,
            S::Production,
            S::Produced,
            S::Shipping,
            S::Shipped,
            S::Active,
        ],
    }
}

struct Try<'a> {
    platform: &'a str,
    number: &'a str,
    now: Timestamp,
}

impl Deed for Try<'_> {
    type Done = Option<(Option<domain::Id>, Vec<u8>)>;
    type Refused = std::convert::Infallible;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Self::Done, Self::Refused>, StoreError> {
        codes::try_progress(tx.connection(), self.platform, self.number, TRIES, self.now)
            .await
            .map(Ok)
    }
}
