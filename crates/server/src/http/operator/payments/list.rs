//! `GET /api/v1/operator/payments?state=`: payments with whose they are.

use axum::Json;
use axum::extract::{Query, State};
use domain::application::Form;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::applications::caller::Desk;
use crate::applications::view::PaymentBody;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    state: String,
}

/// Newest first, at most 200.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(_): Desk,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Problem> {
    // Pages know the first two by other words.
    let wanted = match parameters.state.as_str() {
        "pending" => "waiting",
        "reported" => "voucher",
        other => other,
    };
    let found = state.store.payments(tenant.id(), wanted).await?;
    let mut rows = Vec::with_capacity(found.len());
    for payment in &found {
        let id = &payment.application;
        let Some(application) = state.store.application(tenant.id(), id).await? else {
            continue;
        };
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        let provider = tenant.rules.catalogue.provider(&application.provider);
        let body = PaymentBody::of(&state, &tenant, &application, payment);
        let mut row = serde_json::to_value(body).unwrap_or_default();
        row["application"] = json!(application.id);
        row["number"] = json!(application.number);
        row["organisation"] = json!(form.organisation);
        row["provider_name"] = json!(provider.map(|provider| provider.name.clone()));
        rows.push(row);
    }
    Ok(Json(json!({ "total": rows.len(), "payments": rows })))
}
