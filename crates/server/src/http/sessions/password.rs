//! `POST /api/v1/sessions/password`: logs in with account name and password, a supplier's account or an operator.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::password::{self, Password, Throttle};
use domain::registration::AccountName;
use domain::session::{Method, SessionSecret};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::Account;
use store::operators::{self, NewOperatorSession, Operator};
use store::passwords::{self, Counter};
use store::sessions::{self, NewSession};
use store::{Deed, StoreError, Tx};

use super::arrival::{Arrival, Login};
use super::policy;
use crate::http::extract::{PRE_SESSION_COOKIE, SESSION_COOKIE, Tenant, clear_cookie, set_cookie};
use crate::http::json::JsonBody;
use crate::http::session::SessionBody;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    account: String,
    password: String,
}

/// The session, and its cookie. A wrong name and a wrong password give one answer in one time.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    arrival: Arrival,
    JsonBody(form): JsonBody<Form>,
) -> Result<impl IntoResponse, Problem> {
    if form.password.len() > password::MAX_BYTES {
        return Err(ErrorCode::PasswordWrong.into());
    }
    let Ok(name) = form.account.parse::<AccountName>() else {
        return Err(ErrorCode::PasswordWrong.into());
    };
    let address = arrival.address.to_string();
    let counters = Counters::of(&state, &tenant, &name, &address, &arrival).await?;
    for (counter, free) in counters.limits() {
        if let Some(count) = state.store.password_failures(counter).await? {
            let wait = count.open_at(free).since(state.now()).whole_seconds();
            if wait > 0 {
                return Err(Problem::of(ErrorCode::RateLimited).retry_after(wait));
            }
        }
    }

    let found = find(&state, &tenant, &name).await?;
    let kept = found.as_ref().map(|(_, hash)| hash.clone());
    let matches = tokio::task::spawn_blocking(move || {
        let typed = Password::new(form.password);
        kept.map_or_else(
            || {
                password::compare_with_nobody(&typed);
                false
            },
            |hash| password::matches(&typed, &hash),
        )
    })
    .await
    .map_err(|_| Problem::of(ErrorCode::Internal))?;

    let now = state.now();
    let who = match found {
        Some((who, _)) if matches => who,
        _ => {
            let Ok(()) = state
                .store
                .perform(&Fail {
                    counters: &counters,
                    entry: state.new_id(),
                    now,
                })
                .await?;
            return Err(ErrorCode::PasswordWrong.into());
        }
    };
    if let Who::Supplier(account) = &who {
        policy::check(&state, &tenant, account, Method::Password, now).await?;
    }
    let secret = SessionSecret::new(&*state.random);
    let deed = LogIn {
        platform: tenant.id(),
        who: &who,
        session: state.new_id(),
        secret_hash: secret.hash(),
        counter: counters.own(),
        arrival: &arrival,
        notice: state.new_id(),
        entry: state.new_id(),
        now,
    };
    let Ok(()) = state.store.perform(&deed).await?;
    let cookies = AppendHeaders([
        (
            SET_COOKIE,
            set_cookie(SESSION_COOKIE, secret.cookie_value()),
        ),
        (SET_COOKIE, clear_cookie(PRE_SESSION_COOKIE)),
        (SET_COOKIE, arrival.cookie()),
    ]);
    let body = match &who {
        Who::Supplier(account) => SessionBody::of(account, Method::Password, None, None, None),
        Who::Operator(operator) => {
            let duties = state.store.duties_of(tenant.id(), &operator.id).await?;
            let totp = state.store.totp_of(tenant.id(), &operator.id).await?;
            let keys = state
                .store
                .keys_of_operator(tenant.id(), &operator.id)
                .await?;
            let has = totp.is_some_and(|totp| totp.confirmed_at.is_some()) || !keys.is_empty();
            SessionBody::of_operator(operator, duties, tenant.platform(), has, false)
        }
    };
    Ok((cookies, Json(body)))
}

/// Whose name it is: within a platform an account's or an operator's, never both.
enum Who {
    Supplier(Account),
    Operator(Operator),
}

impl Who {
    fn id(&self) -> &Id {
        match self {
            Self::Supplier(account) => &account.id,
            Self::Operator(operator) => &operator.id,
        }
    }
}

/// What wrong passwords are counted by. A browser that the account was seen in has a count of its own and no other, so that
/// nobody elsewhere slows the owner; everybody else shares three: name and address, the address, the name.
struct Counters<'a> {
    platform: &'a str,
    name: &'a str,
    address: &'a str,
    device: Option<String>,
}

impl<'a> Counters<'a> {
    async fn of(
        state: &AppState,
        tenant: &'a Tenant,
        name: &'a AccountName,
        address: &'a str,
        arrival: &Arrival,
    ) -> Result<Self, Problem> {
        let mut device = None;
        if let Some(hash) = arrival.known_device() {
            let (platform, name) = (tenant.id(), name.as_str());
            if state.store.is_known_device(platform, name, &hash).await? {
                device = Some(format!("device:{}", hex::encode(&hash[..16])));
            }
        }
        Ok(Self {
            platform: tenant.id(),
            name: name.as_str(),
            address,
            device,
        })
    }

    fn counter<'c>(&'c self, account: &'c str, address: &'c str) -> Counter<'c> {
        Counter {
            platform: self.platform,
            account,
            address,
        }
    }

    /// The count that a right password forgets.
    fn own(&self) -> Counter<'_> {
        self.counter(self.name, self.device.as_deref().unwrap_or(self.address))
    }

    fn limits(&self) -> Vec<(Counter<'_>, i64)> {
        if self.device.is_some() {
            return vec![(self.own(), Throttle::FREE)];
        }
        vec![
            (self.own(), Throttle::FREE),
            (self.counter("", self.address), Throttle::FREE_PER_ADDRESS),
            (self.counter(self.name, "*"), Throttle::FREE_PER_ACCOUNT),
        ]
    }
}

/// Both tables are asked whatever the first says, so that the time tells nobody of what kind a name is.
async fn find(
    state: &AppState,
    tenant: &Tenant,
    name: &AccountName,
) -> Result<Option<(Who, String)>, Problem> {
    let (platform, name) = (tenant.id(), name.as_str());
    let account = state.store.account_by_name(platform, name).await?;
    let operator = state.store.operator_by_name(platform, name).await?;
    Ok(match (account, operator) {
        // Invited or gone: nobody of that name, in the same time.
        (Some((account, _)), _) if matches!(account.state.as_str(), "invited" | "left") => None,
        (Some((account, hash)), _) => Some((Who::Supplier(account), hash)),
        (None, Some((operator, hash))) => Some((Who::Operator(operator), hash)),
        (None, None) => None,
    })
}

struct Fail<'a> {
    counters: &'a Counters<'a>,
    entry: Id,
    now: Timestamp,
}

impl Deed for Fail<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        for (counter, _) in self.counters.limits() {
            let before = passwords::count(tx.connection(), counter).await?;
            passwords::set(
                tx.connection(),
                counter,
                Throttle::after_failure(before, self.now),
            )
            .await?;
        }
        let pair = self
            .counters
            .counter(self.counters.name, self.counters.address);
        let detail = serde_json::json!({ "account": tx.pseudonym(pair.account), "address": tx.pseudonym(pair.address) });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: pair.platform.to_owned(),
            at: self.now,
            action: "session.password_wrong".into(),
            actor: None,
            subject: None,
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}

struct LogIn<'a> {
    platform: &'a str,
    who: &'a Who,
    session: Id,
    secret_hash: [u8; 32],
    counter: Counter<'a>,
    arrival: &'a Arrival,
    notice: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for LogIn<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        passwords::clear(tx.connection(), self.counter).await?;
        match self.who {
            Who::Supplier(account) => {
                let login = Login {
                    session: &self.session,
                    method: Method::Password,
                    notice: &self.notice,
                    now: self.now,
                };
                let origin = self
                    .arrival
                    .note(tx, self.platform, &account.id, &login)
                    .await?;
                let session = NewSession {
                    id: &self.session,
                    platform: self.platform,
                    secret_hash: self.secret_hash,
                    account: &account.id,
                    method: Method::Password,
                    key_number: None,
                    risk: None,
                    origin: &origin,
                    at: self.now,
                };
                sessions::insert(tx.connection(), &session).await?;
            }
            Who::Operator(operator) => {
                let session = NewOperatorSession {
                    id: &self.session,
                    platform: self.platform,
                    secret_hash: self.secret_hash,
                    operator: &operator.id,
                    at: self.now,
                };
                operators::insert_session(tx.connection(), &session).await?;
            }
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "session.began".into(),
            actor: Some(self.who.id().clone()),
            subject: Some(self.session.to_string()),
            detail: r#"{"method":"password"}"#.into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
