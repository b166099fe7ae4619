//! `POST /api/v1/sessions/phone`: logs in with a code that came by telephone. Where several accounts have the number, the
//! first answer lists them and the page asks again with one.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::{AccountName, Phone};
use domain::session::{Method, SessionSecret};
use domain::{Id, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::accounts::{Account, people};
use store::sessions::{self, NewSession};
use store::{Deed, StoreError, Tx};

use super::arrival::{Arrival, Login};
use super::policy;
use crate::http::extract::{PRE_SESSION_COOKIE, SESSION_COOKIE, Tenant, clear_cookie, set_cookie};
use crate::http::json::JsonBody;
use crate::http::phone_codes::{Look, Purpose, spend};
use crate::http::session::SessionBody;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    phone: String,
    account: Option<String>,
    code: String,
}

/// The session and its cookie, or the choice of accounts.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    arrival: Arrival,
    JsonBody(form): JsonBody<Form>,
) -> Result<Response, Problem> {
    let phone: Phone = form.phone.parse().map_err(|_| ErrorCode::CodeWrong)?;
    let wanted = form.account.map(|name| name.parse::<AccountName>());
    let wanted = wanted.transpose().map_err(|_| ErrorCode::CodeWrong)?;
    let (platform, number, now) = (tenant.id(), phone.as_str(), state.now());
    let accounts = state.store.accounts_of_phone(platform, number).await?;
    let chosen = match &wanted {
        Some(name) => accounts.iter().find(|one| one.name == name.as_str()),
        None if accounts.len() == 1 => accounts.first(),
        None => None,
    };
    let code = form.code.trim();
    let Some(account) = chosen else {
        // The code is compared, and not used: it comes back with the choice.
        let deed = Look {
            platform,
            purpose: Purpose::Login,
            phone: number,
            code,
            now,
        };
        let Ok(right) = state.store.perform(&deed).await?;
        if !right || accounts.is_empty() || wanted.is_some() {
            return Err(ErrorCode::CodeWrong.into());
        }
        let choose: Vec<_> = accounts
            .iter()
            .map(|one| json!({ "account": one.name, "organisation": one.organisation.name }))
            .collect();
        return Ok(Json(json!({ "choose": choose })).into_response());
    };
    let allowed = policy::check(&state, &tenant, account, Method::Phone, now).await;
    let secret = SessionSecret::new(&*state.random);
    let deed = LogIn {
        platform,
        account,
        phone: number,
        code,
        arrival: &arrival,
        allowed: allowed.is_ok(),
        session: state.new_id(),
        secret_hash: secret.hash(),
        notice: state.new_id(),
        entry: state.new_id(),
        now,
    };
    let Ok(right) = state.store.perform(&deed).await?;
    if !right {
        return Err(ErrorCode::CodeWrong.into());
    }
    // What the account may do is told to whoever showed the code, and to nobody else.
    allowed?;
    let cookies = AppendHeaders([
        (
            SET_COOKIE,
            set_cookie(SESSION_COOKIE, secret.cookie_value()),
        ),
        (SET_COOKIE, clear_cookie(PRE_SESSION_COOKIE)),
        (SET_COOKIE, arrival.cookie()),
    ]);
    let body = SessionBody::of(account, Method::Phone, None, None, None);
    Ok((cookies, Json(body)).into_response())
}

struct LogIn<'a> {
    platform: &'a str,
    account: &'a Account,
    phone: &'a str,
    code: &'a str,
    arrival: &'a Arrival,
    allowed: bool,
    session: Id,
    secret_hash: [u8; 32],
    notice: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for LogIn<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let (platform, account, now) = (self.platform, &self.account.id, self.now);
        if !spend(tx, platform, Purpose::Login, self.phone, self.code, now).await? {
            return Ok(Ok(false));
        }
        people::phone_verified(tx.connection(), platform, account, self.phone).await?;
        if !self.allowed {
            return Ok(Ok(true));
        }
        let login = Login {
            session: &self.session,
            method: Method::Phone,
            notice: &self.notice,
            now,
        };
        let origin = self.arrival.note(tx, platform, account, &login).await?;
        let session = NewSession {
            id: &self.session,
            platform,
            secret_hash: self.secret_hash,
            account,
            method: Method::Phone,
            key_number: None,
            risk: None,
            origin: &origin,
            at: now,
        };
        sessions::insert(tx.connection(), &session).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "session.began".into(),
            actor: Some(account.clone()),
            subject: Some(self.session.to_string()),
            detail: r#"{"method":"phone"}"#.into(),
        })
        .await?;
        Ok(Ok(true))
    }
}
