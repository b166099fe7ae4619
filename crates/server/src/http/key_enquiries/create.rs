//! `POST /api/v1/key-enquiries`: asks. The program's own answer goes along, worked out here and not taken from the page.

use axum::extract::State;
use axum::http::StatusCode;
use contract::{Base64, ErrorCode};
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::enquiries::{self, NewEnquiry};
use store::{Deed, StoreError, Tx};

use super::words;
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::http::key_checks::{check, create::read};
use crate::{AppState, Problem};

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// DER.
    certificate: Base64,
    /// What the supplier adds, such as the tender that it is for.
    #[serde(default)]
    note: String,
}

/// 201. While a key is being asked about it is not asked about again.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let certificate = read(&form.certificate)?;
    let note = words(&form.note)?;
    let report = check(&state, &tenant, &certificate, Some(&session.account)).await?;
    let json = serde_json::to_string(&report).map_err(|_| Problem::of(ErrorCode::Internal))?;
    let provider = tenant
        .rules
        .catalogue
        .recognise(&certificate)
        .map(|provider| provider.id.to_string());
    let fingerprint = hex::encode(certificate.sha256_fingerprint());
    let id = state.new_id();
    let deed = Ask {
        enquiry: NewEnquiry {
            id: &id,
            platform: tenant.id(),
            organisation: &session.account.organisation.id,
            account: &session.account.id,
            certificate: certificate.der(),
            certificate_sha256: &fingerprint,
            provider: provider.as_deref(),
            key_number: report.key_number.as_deref(),
            holder: &report.holder,
            report: &json,
            note: &note,
            at: state.now(),
        },
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| {
        Problem::of(ErrorCode::DocumentState).with_detail(
            "这把锁已在等待平台确认，请留意消息",
            "This key is waiting for an answer already. Mind your notices",
        )
    })?;
    Ok(StatusCode::CREATED)
}

struct Ask<'a> {
    enquiry: NewEnquiry<'a>,
    entry: Id,
    now: Timestamp,
}

impl Deed for Ask<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        if !enquiries::insert(tx.connection(), &self.enquiry).await? {
            return Ok(Err(()));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.enquiry.platform.to_owned(),
            at: self.now,
            action: "key_enquiry.asked".into(),
            actor: Some(self.enquiry.account.clone()),
            subject: Some(self.enquiry.id.to_string()),
            detail: serde_json::json!({ "certificate": self.enquiry.certificate_sha256 })
                .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
