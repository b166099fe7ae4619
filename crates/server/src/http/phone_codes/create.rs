//! `POST /api/v1/phone-codes`: sends a code. The answer is the same whether anybody has that number.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::entropy::random_bytes;
use domain::registration::Phone;
use domain::{Id, Span, Timestamp};
use serde::Deserialize;
use store::accounts::phone_codes::{self, NewPhoneCode};
use store::applications::codes::{self, Message};
use store::{Deed, StoreError, Tx};

use super::{LIFE, Purpose, hash};
use crate::http::extract::{MaybeSession, Peer, Tenant};
use crate::http::json::JsonBody;
use crate::http::organisations::create::shape;
use crate::{AppState, Problem};

/// Codes an hour to one number, and for one address.
const FOR_PHONE: i64 = 5;
const FROM_ADDRESS: i64 = 30;
/// Between two codes to one number.
const PAUSE: Span = Span::seconds(60);
const HOUR: Span = Span::hours(1);

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    purpose: Purpose,
    phone: String,
}

/// 204, or `rate_limited`: that turns on what was asked before, and on nothing that is known of the number.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Peer(address): Peer,
    MaybeSession(session): MaybeSession,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    let goes_out = match form.purpose {
        Purpose::Login | Purpose::Recover => {
            let (platform, phone) = (tenant.id(), phone.as_str());
            !state
                .store
                .accounts_of_phone(platform, phone)
                .await?
                .is_empty()
        }
        Purpose::Register => true,
        Purpose::Phone if session.is_none() => return Err(ErrorCode::NotLoggedIn.into()),
        Purpose::Phone => true,
    };
    let random = u64::from_be_bytes(random_bytes(&*state.random)) % 1_000_000;
    let deed = Send {
        platform: tenant.id(),
        platform_name: &tenant.platform().name.zh,
        purpose: form.purpose,
        phone: &phone,
        account: session.as_ref().map(|session| &session.account.id),
        code: &format!("{random:06}"),
        address: &address.to_string(),
        goes_out,
        ids: [state.new_id(), state.new_id()],
        now: state.now(),
    };
    state
        .store
        .perform(&deed)
        .await?
        .map_err(|wait| Problem::of(ErrorCode::RateLimited).retry_after(wait.whole_seconds()))?;
    Ok(StatusCode::NO_CONTENT)
}

struct Send<'a> {
    platform: &'a str,
    platform_name: &'a str,
    purpose: Purpose,
    phone: &'a Phone,
    account: Option<&'a Id>,
    code: &'a str,
    address: &'a str,
    goes_out: bool,
    ids: [Id; 2],
    now: Timestamp,
}

impl Deed for Send<'_> {
    type Done = ();
    type Refused = Span;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Span>, StoreError> {
        let (platform, phone, now) = (self.platform, self.phone.as_str(), self.now);
        let lately = |since| (platform, phone, self.address, since);
        for (since, of_phone, wait) in [(now - PAUSE, 1, PAUSE), (now - HOUR, FOR_PHONE, HOUR)] {
            let (platform, phone, address, since) = lately(since);
            let (numbers, addresses) =
                phone_codes::lately(tx.connection(), platform, phone, address, since).await?;
            if numbers >= of_phone || addresses >= FROM_ADDRESS {
                return Ok(Err(wait));
            }
        }
        let [id, message] = &self.ids;
        let new = NewPhoneCode {
            id,
            platform,
            purpose: self.purpose.word(),
            phone,
            account: self.account,
            code_hash: hash(self.purpose, phone, self.code),
            address: self.address,
            at: now,
            expires_at: now + LIFE,
        };
        phone_codes::insert(tx.connection(), &new).await?;
        if self.goes_out {
            let what = match self.purpose {
                Purpose::Login => "登录",
                Purpose::Register => "注册",
                Purpose::Recover => "找回密码",
                Purpose::Phone => "更换手机号",
            };
            let message = Message {
                id: message.clone(),
                channel: "sms".into(),
                recipient: phone.to_owned(),
                kind: format!("code_{}", self.purpose.word()),
                text: format!(
                    "【{}】验证码 {}，用于{what}，10 分钟内有效，请勿告知他人。",
                    self.platform_name, self.code
                ),
                created_at: now,
            };
            codes::post(tx.connection(), platform, &message).await?;
        }
        Ok(Ok(()))
    }
}
