//! From where and by which browser somebody logs in: the device cookie, the risk line, and what of both goes into a session.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use domain::session::{Method, SessionSecret};
use domain::{Id, Span, Timestamp};
use store::accounts::devices;
use store::notices::{self, NewNotice};
use store::sessions::Origin;
use store::{StoreError, Tx};

use crate::http::extract::{Peer, cookie};
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// The cookie by which a browser is known again. It opens nothing.
pub const DEVICE_COOKIE: &str = "__Host-yx-device";
/// How long a browser keeps it: as long as browsers let anybody.
const DEVICE_LIFE_SECONDS: i64 = 400 * 24 * 3600;
/// A place that was not seen for this long is new again.
const PLACE_LIFE: Span = Span::hours(24 * 90);
/// Characters of what a browser calls itself.
const AGENT_CHARACTERS: usize = 200;

/// Who comes from where.
pub struct Arrival {
    /// The caller's address.
    pub address: IpAddr,
    agent: String,
    device: SessionSecret,
    brought: bool,
}

impl FromRequestParts<AppState> for Arrival {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Peer(address) = Peer::from_request_parts(parts, state).await?;
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let brought = cookie(&parts.headers, DEVICE_COOKIE).and_then(SessionSecret::from_cookie);
        Ok(Self {
            address,
            agent: agent.chars().take(AGENT_CHARACTERS).collect(),
            brought: brought.is_some(),
            device: brought.unwrap_or_else(|| SessionSecret::new(&*state.random)),
        })
    }
}

impl Arrival {
    /// `Set-Cookie` for the device.
    #[must_use]
    pub fn cookie(&self) -> String {
        format!(
            "{DEVICE_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={DEVICE_LIFE_SECONDS}",
            self.device.cookie_value()
        )
    }

    /// The device's hash, where the browser brought one along.
    #[must_use]
    pub fn known_device(&self) -> Option<[u8; 32]> {
        self.brought.then(|| self.device.hash())
    }

    /// Notes browser and place for the account, and tells it where either is new; the session keeps what comes back.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note(
        &self,
        tx: &mut Tx<'_>,
        platform: &str,
        account: &Id,
        login: &Login<'_>,
    ) -> Result<Origin, StoreError> {
        let now = login.now;
        let seen = devices::see(
            tx.connection(),
            platform,
            account,
            &self.device.hash(),
            &place_of(self.address),
            now - PLACE_LIFE,
            now,
        )
        .await?;
        let origin = Origin {
            address: self.address.to_string(),
            device: self.agent.clone(),
            new_device: seen.before && !seen.device,
            new_place: seen.before && !seen.place,
        };
        if origin.new_device || origin.new_place {
            let facts = serde_json::json!({
                "method": login.method, "address": origin.address, "device": origin.device,
                "new_device": origin.new_device, "new_place": origin.new_place, "at": rfc3339(now),
            });
            let notice = NewNotice {
                id: login.notice,
                platform,
                account,
                kind: "login_risk",
                subject: login.session.as_str(),
                facts: &facts.to_string(),
                at: now,
            };
            notices::tell(tx.connection(), &notice).await?;
        }
        Ok(origin)
    }
}

/// The login that is noted.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// The new session.
    pub session: &'a Id,
    /// How.
    pub method: Method,
    /// An id for a notice.
    pub notice: &'a Id,
    /// Now.
    pub now: Timestamp,
}

/// The part of the network: /16 of an IPv4 address, /32 of an IPv6 one.
fn place_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            format!("{a}.{b}.0.0/16")
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => place_of(IpAddr::V4(v4)),
            None => {
                let [a, b, ..] = v6.segments();
                format!("{a:x}:{b:x}::/32")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_part_of_the_network() {
        let place = |text: &str| place_of(text.parse().unwrap());
        assert_eq!(place("192.0.2.1"), "192.0.0.0/16");
        assert_eq!(place("::ffff:192.0.2.1"), "192.0.0.0/16");
        assert_eq!(place("2001:db8:1::5"), "2001:db8::/32");
    }
}
