//! `POST /api/v1/operator/applications/{id}/production`: 制证 begins, or goes on where it was left.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use catalogue::Alphabet;
use contract::{
    CertificateType, ErrorCode, Intent, PinAlphabet, PinRule, ProduceIntent, ProducePurpose,
    ProduceRequest,
};
use domain::Id;
use domain::application::Form;
use serde::Deserialize;
use serde_json::{Value, json};
use store::applications::Application;

use crate::applications::Context;
use crate::applications::caller::Desk;
use crate::applications::making::{self, Begin};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What may be said; no body means nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// Another token: what the first one got is revoked.
    restart: bool,
}

/// The production, and the request for the agent.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let request: Request = if body.is_empty() {
        Request::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Problem::of(ErrorCode::RequestMalformed))?
    };
    let application = caller.find(&state, &tenant, &id).await?;
    if !application.facts.kind.is_produced() {
        return Err(ErrorCode::ApplicationState.into());
    }
    let escrow_key = making::escrow_key(&state).await?;
    let provider = tenant
        .rules
        .catalogue
        .provider(&application.provider)
        .ok_or(ErrorCode::Internal)?;
    let rule = provider.pin_rule();
    let actor = caller.actor();
    let deed = Begin {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        kind: "produce",
        restart: request.restart,
        intent: &|application, production, number| {
            intent(&tenant, &provider.name.zh, application, production, number)
        },
        challenge: &|_| None,
        by: caller.id(),
    };
    let (_, production) = state.store.perform(&deed).await??;
    state.jobs_changed.notify_waiters();
    let request = ProduceRequest {
        version: 1,
        purpose: ProducePurpose::Produce,
        intent: production.intent.clone(),
        escrow_key,
        pin: PinRule {
            min_length: rule.min_length,
            max_length: rule.max_length,
            alphabet: match rule.alphabet {
                Alphabet::Digits => PinAlphabet::Digits,
                Alphabet::Alphanumeric => PinAlphabet::Alphanumeric,
                Alphabet::Printable => PinAlphabet::Printable,
            },
        },
    };
    Ok(Json(json!({
        "production": { "id": production.id, "state": production.state, "key_number": production.key_number },
        "request": request,
    })))
}

fn intent(
    tenant: &Tenant,
    provider_name: &str,
    application: &Application,
    production: &Id,
    number: &str,
) -> Option<String> {
    let form: Form = serde_json::from_str(&application.form).ok()?;
    let certificate_type = CertificateType::ALL
        .into_iter()
        .find(|known| known.name() == application.holder_type.word())?;
    Intent::Produce(ProduceIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
        provider: application.provider.clone(),
        provider_name: provider_name.to_owned(),
        application: application.number.clone(),
        organisation: form.organisation,
        holder: form.holder,
        certificate_type,
        key_number: number.to_owned(),
        production: production.to_string(),
    })
    .to_json()
    .ok()
}
