//! `POST /api/v1/accounts/{id}/invitation`: sends a new code to a person who was invited.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::entropy::random_bytes;
use domain::{Id, Span, Timestamp};
use sha2::{Digest as _, Sha256};
use store::accounts::invitations;
use store::applications::codes::{self, Message};
use store::{Deed, StoreError, Tx};

use super::administrator;
use super::show::find;
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// How long a code serves.
const LIFE: Span = Span::hours(24 * 7);

/// A code that goes out.
#[derive(Debug)]
pub struct Invitation {
    code: String,
    message: Id,
    from: String,
}

impl Invitation {
    /// Eight digits.
    #[must_use]
    pub fn new(state: &AppState, tenant: &Tenant, organisation: &str) -> Self {
        let random = u64::from_be_bytes(random_bytes(&*state.random)) % 100_000_000;
        Self {
            code: format!("{random:08}"),
            message: state.new_id(),
            from: format!("{organisation}邀请您使用{}", tenant.platform().name.zh),
        }
    }
}

/// What the database keeps of a code.
#[must_use]
pub fn hash(account: &Id, code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"yinxin invitation\0");
    hash.update(account.as_str());
    hash.update(code);
    hash.finalize().into()
}

/// Writes a code and the message that carries it.
///
/// # Errors
/// Those of the database.
pub async fn invite(
    tx: &mut Tx<'_>,
    platform: &str,
    account: &Id,
    name: &str,
    phone: &str,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<(), StoreError> {
    let code = &invitation.code;
    let until = now + LIFE;
    invitations::set(
        tx.connection(),
        platform,
        account,
        hash(account, code),
        now,
        until,
    )
    .await?;
    let message = Message {
        id: invitation.message.clone(),
        channel: "sms".into(),
        recipient: phone.to_owned(),
        kind: "invitation".into(),
        text: format!(
            "{}，账号 {name}，邀请码 {code}，7 天内有效。",
            invitation.from
        ),
        created_at: now,
    };
    codes::post(tx.connection(), platform, &message).await
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    administrator(&session)?;
    let person = find(&state, &tenant, &session, &id).await?;
    if person.account.state != "invited" {
        return Err(ErrorCode::RequestState.into());
    }
    let deed = Again {
        platform: tenant.id(),
        account: &person.account.id,
        name: &person.account.name,
        phone: &person.account.phone,
        invitation: Invitation::new(&state, &tenant, &session.account.organisation.name),
        now: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(StatusCode::NO_CONTENT)
}

struct Again<'a> {
    platform: &'a str,
    account: &'a Id,
    name: &'a str,
    phone: &'a str,
    invitation: Invitation,
    now: Timestamp,
}

impl Deed for Again<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let Self {
            platform,
            account,
            name,
            phone,
            invitation,
            now,
        } = self;
        invite(tx, platform, account, name, phone, invitation, *now).await?;
        Ok(Ok(()))
    }
}
