//! Keys being made, renewed and unlocked: what the agent said becomes an order to the CA, what the CA answered goes to
//! the agent. Every step can be done again after the key was pulled and leads to the same row, so no certificate is
//! orphaned and no key is delivered twice (`docs/protocol-writing.md`).

mod begin;
mod finish;
mod prepare;

pub use begin::Begin;
pub use finish::{Finish, written};
pub use prepare::Prepare;

use contract::{Base64, ErrorCode};
use domain::application::Form;
use issuer::order::{CertificateType, Issue, Refusal, Unlock, Unlocked};
use pki::pkcs10::CertificationRequest;
use pki::{HashAlgorithm, Hasher};
use serde_json::{Value, json};
use store::applications::Application;
use store::applications::productions::Production;
use store::orders::OrderState;

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// The key that administrators' PINs are sealed to.
///
/// # Errors
/// `busy` while `yinxin ca` has never run.
pub async fn escrow_key(state: &AppState) -> Result<Base64, Problem> {
    let key = state.store.escrow_key().await?;
    key.map(|(_, bytes)| Base64(bytes)).ok_or_else(|| {
        Problem::of(ErrorCode::Busy).with_detail(
            "证书签发服务（yinxin ca）尚未启动，请联系运维",
            "The certification authority (yinxin ca) has not run yet",
        )
    })
}

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(bytes);
    hex::encode(hasher.finalize())
}

/// A certification request whose signature is its own key's.
#[derive(Debug)]
pub struct Requested {
    /// DER.
    pub der: Vec<u8>,
    /// Lower-case hex, over the SubjectPublicKeyInfo.
    pub signing_key_sha256: String,
}

/// Reads a PKCS#10 and checks possession. What its subject says is not believed.
///
/// # Errors
/// `invalid`.
pub fn requested(request: &Base64) -> Result<Requested, Problem> {
    let refused = |why: String| {
        Problem::of(ErrorCode::Invalid).with_detail(
            "证书请求无效，请重新操作",
            format!("The request is not valid: {why}"),
        )
    };
    let parsed = CertificationRequest::from_der(request.as_bytes())
        .map_err(|error| refused(error.to_string()))?;
    parsed
        .verify()
        .map_err(|error| refused(error.to_string()))?;
    Ok(Requested {
        signing_key_sha256: sha256(parsed.public_key().spki_der()),
        der: request.as_bytes().to_vec(),
    })
}

/// The body of the order that asks for an application's certificates.
///
/// # Errors
/// `internal` where the catalogue lost the provider's offer.
pub fn issue(
    tenant: &Tenant,
    application: &Application,
    key_number: &str,
    requested: &Requested,
) -> Result<String, Problem> {
    let rules = tenant
        .rules
        .catalogue
        .provider(&application.provider)
        .and_then(|provider| provider.applications_on(tenant.id()))
        .ok_or(ErrorCode::Internal)?;
    let form: Form =
        serde_json::from_str(&application.form).map_err(|_| Problem::of(ErrorCode::Internal))?;
    let certificate_type = CertificateType::ALL
        .into_iter()
        .find(|known| known.name() == application.holder_type.word())
        .ok_or(ErrorCode::Internal)?;
    let issue = Issue {
        certificate_type,
        product: rules.product.to_string(),
        organisation: form.organisation.trim().to_owned(),
        uscc: form.uscc.trim().to_ascii_uppercase(),
        holder: form.holder.trim().to_owned(),
        key_number: key_number.to_owned(),
        years: u32::from(form.years),
        request: Base64(requested.der.clone()),
        encryption: rules.encryption,
        replaces: None,
    };
    serde_json::to_string(&issue).map_err(|_| ErrorCode::Internal.into())
}

/// Where a production stands, as the page reads it.
///
/// # Errors
/// Those of the store.
pub async fn body(
    state: &AppState,
    tenant: &Tenant,
    production: &Production,
) -> Result<Value, Problem> {
    let mut body = json!({
        "id": production.id, "state": production.state, "key_number": production.key_number,
        "device_serial": production.device_serial,
    });
    let Some(order) = &production.order else {
        return Ok(body);
    };
    let Some(order) = state.store.order(tenant.id(), order).await? else {
        return Ok(body);
    };
    match order.state {
        OrderState::Waiting => {}
        OrderState::Done { result, .. } => {
            let result: Value =
                serde_json::from_str(&result).map_err(|_| Problem::of(ErrorCode::Internal))?;
            if production.state == "waiting" {
                body["state"] = "issued".into();
            }
            if production.kind == "unlock" {
                body["authority"] = json!({ "order": order.id, "sealed": result["sealed"] });
            } else {
                body["certificates"] = result;
            }
        }
        OrderState::Refused { refusal, .. } => {
            body["state"] = "refused".into();
            let (zh, en) = Refusal::from_code(&refusal)
                .map_or(("CA 未受理", "The CA refused it"), Refusal::text);
            body["refusal"] = json!({ "code": refusal, "zh": zh, "en": en });
        }
    }
    Ok(body)
}

/// What the CA answered to a production's order.
///
/// # Errors
/// `application_state` while it has not.
pub async fn answered(
    state: &AppState,
    tenant: &Tenant,
    production: &Production,
) -> Result<String, Problem> {
    let order = match &production.order {
        Some(order) => state.store.order(tenant.id(), order).await?,
        None => None,
    };
    match order.map(|order| order.state) {
        Some(OrderState::Done { result, .. }) => Ok(result),
        _ => Err(Problem::of(ErrorCode::ApplicationState)
            .with_detail("CA 尚未签发，请稍候", "The CA has not answered yet")),
    }
}

/// The order that opens an escrow for one window.
///
/// # Errors
/// `internal`.
pub fn unlock_order(
    escrow: &str,
    device_serial: &str,
    recipient: &Base64,
) -> Result<String, Problem> {
    let escrow: Base64 = serde_json::from_value(Value::String(escrow.to_owned()))
        .map_err(|_| Problem::of(ErrorCode::Internal))?;
    let body = Unlock {
        escrow,
        device_serial: device_serial.to_owned(),
        recipient: recipient.clone(),
    };
    serde_json::to_string(&body).map_err(|_| ErrorCode::Internal.into())
}

/// Whether an answer of the CA is an unlock's.
#[must_use]
pub fn is_unlocked(result: &str) -> bool {
    serde_json::from_str::<Unlocked>(result).is_ok()
}
