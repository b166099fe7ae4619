//! `POST …/renewal/challenge`: what the holder's agent is asked.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use contract::{ErrorCode, Intent, Nonce, Purpose, RenewIntent, RenewPurpose, RenewRequest};
use domain::Id;
use domain::application::{Form, Kind};
use domain::challenge::{self, Challenge, Holder};
use domain::entropy::random_bytes;
use serde_json::{Value, json};
use store::applications::Application;

use crate::applications::making::Begin;
use crate::applications::{Caller, Context};
use crate::http::extract::{SESSION_COOKIE, Tenant, cookie};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The agent's request; its challenge is kept here, sealed, and bound to this session.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    caller.supplier()?;
    let application = caller.find(&state, &tenant, &id).await?;
    if application.facts.kind != Kind::Renewal {
        return Err(ErrorCode::ApplicationState.into());
    }
    let holder = cookie(&headers, SESSION_COOKIE)
        .map(Holder::of_cookie)
        .ok_or(ErrorCode::NotLoggedIn)?;
    let actor = caller.actor();
    let nonce: [u8; 32] = random_bytes(&*state.random);
    let expires_at = state.now() + challenge::LIFE;
    let sealed = |intent: &str| {
        Some(state.challenge_key.seal(&Challenge {
            purpose: Purpose::Renew,
            platform: tenant.id().to_owned(),
            origin: tenant.origin().to_owned(),
            nonce,
            expires_at,
            holder: holder.clone(),
            account: None,
            intent: intent.to_owned(),
        }))
    };
    let deed = Begin {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        kind: "renew",
        restart: false,
        intent: &|application, production, number| intent(&tenant, application, production, number),
        challenge: &sealed,
        by: caller.id(),
    };
    let (_, production) = state.store.perform(&deed).await??;
    let request = RenewRequest {
        version: 1,
        purpose: RenewPurpose::Renew,
        nonce: Nonce(nonce),
        intent: production.intent,
    };
    Ok(Json(
        json!({ "request": request, "expires_at": rfc3339(expires_at) }),
    ))
}

fn intent(
    tenant: &Tenant,
    application: &Application,
    production: &Id,
    number: &str,
) -> Option<String> {
    let form: Form = serde_json::from_str(&application.form).ok()?;
    Intent::Renew(RenewIntent {
        v: 1,
        platform: tenant.id().to_owned(),
        platform_name: tenant.platform().name.zh.clone(),
        organisation: form.organisation,
        holder: form.holder,
        key_number: number.to_owned(),
        application: application.number.clone(),
        years: u32::from(form.years),
        production: production.to_string(),
    })
    .to_json()
    .ok()
}
