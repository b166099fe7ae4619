//! `POST /api/v1/progress/codes`: sends a code to the handler's telephone, where number and telephone fit.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::application::Form;
use domain::entropy::random_bytes;
use domain::{Id, Span, Timestamp};
use serde::Deserialize;
use store::applications::codes::{self, Message, NewProgressCode};
use store::{Deed, StoreError, Tx};

use super::hash;
use crate::http::extract::{Peer, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

const VALID: Span = Span::minutes(10);
/// Codes an hour for one number, and from one address.
const FOR_NUMBER: i64 = 5;
const FROM_ADDRESS: i64 = 30;
const HOUR: Span = Span::hours(1);

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    number: String,
    phone: String,
}

/// 204 for every number of the right shape, whether there is one like it or not.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Peer(address): Peer,
    JsonBody(request): JsonBody<Request>,
) -> Result<StatusCode, Problem> {
    let number = number(&request.number)?;
    let found = state
        .store
        .application_by_number(tenant.id(), &number)
        .await?;
    let fits = found.filter(|application| {
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        !form.handler_phone.is_empty() && form.handler_phone == request.phone.trim()
    });
    let random = u32::from_be_bytes(random_bytes(&*state.random)) % 1_000_000;
    let code = format!("{random:06}");
    let deed = Send {
        platform: tenant.id(),
        number: &number,
        application: fits.as_ref().map(|application| &application.id),
        phone: request.phone.trim(),
        code: &code,
        address: &address.to_string(),
        ids: [state.new_id(), state.new_id()],
        now: state.now(),
    };
    state
        .store
        .perform(&deed)
        .await?
        .map_err(|()| Problem::of(ErrorCode::RateLimited).retry_after(HOUR.whole_seconds()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A 受理编号 as people type it.
///
/// # Errors
/// `invalid`.
pub fn number(text: &str) -> Result<String, Problem> {
    let text = text.trim().to_ascii_uppercase();
    let shaped =
        text.len() <= 32 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if shaped {
        Ok(text)
    } else {
        Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请输入受理编号，例如 SL2026010112345678",
            "Enter the number, such as SL2026010112345678",
        ))
    }
}

struct Send<'a> {
    platform: &'a str,
    number: &'a str,
    application: Option<&'a Id>,
    phone: &'a str,
    code: &'a str,
    address: &'a str,
    ids: [Id; 2],
    now: Timestamp,
}

impl Deed for Send<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let since = self.now - HOUR;
        let (of_number, of_address) = codes::progress_lately(
            tx.connection(),
            self.platform,
            self.number,
            self.address,
            since,
        )
        .await?;
        if of_number >= FOR_NUMBER || of_address >= FROM_ADDRESS {
            return Ok(Err(()));
        }
        let [id, message] = &self.ids;
        let new = NewProgressCode {
            id,
            platform: self.platform,
            number: self.number,
            application: self.application,
            code_hash: hash(self.number, self.code),
            address: self.address,
            at: self.now,
            expires_at: self.now + VALID,
        };
        codes::insert_progress(tx.connection(), &new).await?;
        if self.application.is_some() {
            let message = Message {
                id: message.clone(),
                channel: "sms".into(),
                recipient: self.phone.to_owned(),
                kind: "progress_code".into(),
                text: format!(
                    "查询码 {}，10 分钟内有效，用于查询申请 {}。",
                    self.code, self.number
                ),
                created_at: self.now,
            };
            codes::post(tx.connection(), self.platform, &message).await?;
        }
        Ok(Ok(()))
    }
}
