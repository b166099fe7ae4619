//! Who is asking, and on which platform.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{COOKIE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use catalogue::{Platform, SecondFactor};
use contract::ErrorCode;
use domain::session::{self, SessionSecret};
use domain::staff::Class;
use store::{Deed, StoreError, Tx};

use crate::http::permissions;
use crate::rules::Rules;
use crate::{AppState, Problem};

/// The session cookie. `__Host-`: Secure, no Domain, the whole host; no neighbour can set it.
pub const SESSION_COOKIE: &str = "__Host-yinxin-session";
/// The cookie of a browser that has not logged in yet: challenges for login are bound to it.
pub const PRE_SESSION_COOKIE: &str = "__Host-yinxin-pre";

/// The platform that the request was made to, by its Host header.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The rules that were in force when the request came.
    pub rules: Arc<Rules>,
    id: String,
    origin: String,
}

impl Tenant {
    /// The platform's id, as in every row's `platform` column.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The platform's origin, as a browser sends it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The platform's file.
    ///
    /// # Panics
    /// Never: the id was found in these very rules.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        self.rules
            .platforms
            .platform(&self.id)
            .expect("found in the same rules when the request came")
    }

    /// Finds the platform of a request.
    ///
    /// # Errors
    /// 421 when no platform has this host.
    pub fn of(state: &AppState, headers: &HeaderMap) -> Result<Self, Problem> {
        let host = headers
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let rules = state.current_rules();
        let found = rules
            .platform_of_host(host, state.port)
            .map(|platform| (platform.id.as_str().to_owned(), platform.origin(state.port)));
        let Some((id, origin)) = found else {
            return Err(Problem::of(ErrorCode::NotFound)
                .with_status(StatusCode::MISDIRECTED_REQUEST)
                .with_detail("该网址不属于任何平台", "No platform has this address"));
        };
        Ok(Self { rules, id, origin })
    }
}

impl FromRequestParts<AppState> for Tenant {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let tenant = Self::of(state, &parts.headers)?;
        parts.extensions.insert(tenant.clone());
        Ok(tenant)
    }
}

/// The session of the request, if it has one that lives.
#[derive(Clone, Debug)]
pub struct MaybeSession(pub Option<store::sessions::Session>);

/// The session of the request; without one the answer is `not_logged_in`.
#[derive(Clone, Debug)]
pub struct LoggedIn(pub store::sessions::Session);

impl FromRequestParts<AppState> for MaybeSession {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let tenant = Tenant::from_request_parts(parts, state).await?;
        let Some(secret) =
            cookie(&parts.headers, SESSION_COOKIE).and_then(SessionSecret::from_cookie)
        else {
            return Ok(Self(None));
        };
        let Some(found) = state.store.session(tenant.id(), &secret.hash()).await? else {
            return Ok(Self(None));
        };
        let now = state.now();
        if !session::is_live(found.created_at, found.last_seen_at, now) {
            return Ok(Self(None));
        }
        if now.since(found.last_seen_at) >= session::TOUCH_EVERY {
            let touched = state
                .store
                .perform(&Touch {
                    session: &found.id,
                    now,
                })
                .await?;
            let Ok(()) = touched;
        }
        permissions::ask(&found.account.role, &parts.method, parts.uri.path())?;
        Ok(Self(Some(found)))
    }
}

impl FromRequestParts<AppState> for LoggedIn {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let MaybeSession(session) = MaybeSession::from_request_parts(parts, state).await?;
        match session {
            Some(session) => Ok(Self(session)),
            // An operator has no organisation: what is a supplier's is none of theirs.
            None if operator_session(parts, state).await?.is_some() => {
                Err(ErrorCode::Forbidden.into())
            }
            None => Err(ErrorCode::NotLoggedIn.into()),
        }
    }
}

/// The operator (平台运营) of the request. Whoever else asks is refused: an endpoint that takes this can't be reached by a
/// supplier's session, which is of another type and stands in another table.
#[derive(Clone, Debug)]
pub struct Operator(pub store::operators::OperatorSession);

/// The operator of the request, if it is one's.
#[derive(Clone, Debug)]
pub struct MaybeOperator(pub Option<store::operators::OperatorSession>);

impl Operator {
    /// Asks for a class: 业务, 审计 and 系统 exclude each other.
    ///
    /// # Errors
    /// `forbidden`, with the class's name.
    pub fn require(&self, class: Class) -> Result<(), Problem> {
        if self.0.operator.class == class {
            return Ok(());
        }
        let name = class.text();
        Err(Problem::of(ErrorCode::Forbidden).with_detail(
            format!("此操作由“{}”类人员办理", name.zh),
            format!("This is for staff of the class {}", name.en),
        ))
    }

    /// Asks for a class, or for 审计: who audits reads everything.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_to_read(&self, class: Class) -> Result<(), Problem> {
        if self.0.operator.class == Class::Audit {
            return Ok(());
        }
        self.require(class)
    }
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let MaybeOperator(session) = MaybeOperator::from_request_parts(parts, state).await?;
        if let Some(session) = session {
            return Ok(Self(session));
        }
        let MaybeSession(supplier) = MaybeSession::from_request_parts(parts, state).await?;
        Err(if supplier.is_some() {
            Problem::of(ErrorCode::Forbidden).with_detail(
                "此功能仅供平台运营人员使用",
                "This is for the platform's operators only",
            )
        } else {
            ErrorCode::NotLoggedIn.into()
        })
    }
}

/// The operator's session, whether its second factor was shown or not: for looking at it, ending it, and showing the factor.
#[derive(Clone, Debug)]
pub struct AnyOperator(pub Option<store::operators::OperatorSession>);

impl FromRequestParts<AppState> for AnyOperator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        operator_session(parts, state).await.map(Self)
    }
}

impl FromRequestParts<AppState> for MaybeOperator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let found = operator_session(parts, state).await?;
        if let Some(session) = &found {
            let tenant = Tenant::from_request_parts(parts, state).await?;
            let policy = tenant.platform().policies.staff_second_factor;
            let wanted = session.has_second_factor || policy == SecondFactor::Required;
            if wanted && session.second_factor_at.is_none() {
                return Err(ErrorCode::SecondFactorRequired.into());
            }
        }
        Ok(Self(found))
    }
}

async fn operator_session(
    parts: &mut Parts,
    state: &AppState,
) -> Result<Option<store::operators::OperatorSession>, Problem> {
    let tenant = Tenant::from_request_parts(parts, state).await?;
    let Some(secret) = cookie(&parts.headers, SESSION_COOKIE).and_then(SessionSecret::from_cookie)
    else {
        return Ok(None);
    };
    let found = state
        .store
        .operator_session(tenant.id(), &secret.hash())
        .await?;
    let now = state.now();
    let Some(found) =
        found.filter(|found| session::is_live(found.created_at, found.last_seen_at, now))
    else {
        return Ok(None);
    };
    if now.since(found.last_seen_at) >= session::TOUCH_EVERY {
        let touch = TouchOperator {
            session: &found.id,
            now,
        };
        let Ok(()) = state.store.perform(&touch).await?;
    }
    Ok(Some(found))
}

struct TouchOperator<'a> {
    session: &'a domain::Id,
    now: domain::Timestamp,
}

impl Deed for TouchOperator<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        store::operators::touch(tx.connection(), self.session, self.now).await?;
        Ok(Ok(()))
    }
}

struct Touch<'a> {
    session: &'a domain::Id,
    now: domain::Timestamp,
}

impl Deed for Touch<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        store::sessions::touch(tx.connection(), self.session, self.now).await?;
        Ok(Ok(()))
    }
}

/// The caller's IP address, by the connection itself: a header could say anything.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl FromRequestParts<AppState> for Peer {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let connection = ConnectInfo::<SocketAddr>::from_request_parts(parts, state).await;
        let ConnectInfo(peer) = connection.map_err(|_| Problem::of(ErrorCode::Internal))?;
        Ok(Self(peer.ip()))
    }
}

/// The value of a cookie, when it comes exactly once: two of a name are an attempt to confuse.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// `Set-Cookie` for a session that ends with the browser.
#[must_use]
pub fn set_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// `Set-Cookie` that makes a browser forget.
#[must_use]
pub fn clear_cookie(name: &str) -> String {
    format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}
