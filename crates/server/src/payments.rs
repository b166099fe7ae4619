//! The payment gateway: what the platform asks of it and what it says, each under a MAC.
//!
//! The protocol has three messages. An *order* travels in the address of the gateway's pay page. A *notification* comes
//! by `POST` to the platform, as often as the gateway likes. A *query* asks the gateway when a notification was lost.
//! Every message carries HMAC-SHA256 over its purpose, a time stamp and the exact bytes, under a key that platform and
//! gateway share; nothing is decided on what a browser brings back. `docs/payments.md` has it byte by byte.

pub mod gateway;
pub mod query;

use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use store::applications::Application;
use store::applications::payments::Payment;
use zeroize::Zeroizing;

use crate::http::extract::Tenant;

/// The header with time stamp and MAC.
pub const MAC_HEADER: &str = "x-yinxin-gateway";
/// A message counts this long after its time stamp, in seconds; the clocks may differ by as much.
const FRESH: i64 = 600;
/// Largest message, in bytes.
pub const MAX_MESSAGE: usize = 4096;

/// What a message is for: one can't be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Platform → gateway, in the pay page's address.
    Order,
    /// Gateway → platform.
    Notification,
    /// Platform → gateway.
    Query,
    /// Gateway → platform, answering a query.
    Status,
}

impl Purpose {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Order => b"yinxin gateway order v1\0",
            Self::Notification => b"yinxin gateway notification v1\0",
            Self::Query => b"yinxin gateway query v1\0",
            Self::Status => b"yinxin gateway status v1\0",
        }
    }
}

/// The key that platform and gateway share.
#[derive(Clone)]
pub struct GatewayKey(Zeroizing<[u8; 32]>);

/// Why a message does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// No time stamp and MAC of the right form.
    #[error("no time stamp and MAC")]
    Form,
    /// The MAC is another's.
    #[error("the MAC does not fit")]
    Forged,
    /// Too old, or from the future.
    #[error("the time stamp is not fresh")]
    Stale,
}

impl GatewayKey {
    /// A key of 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn mac(&self, purpose: Purpose, at: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.word());
        mac.update(&at.to_be_bytes());
        mac.update(body);
        mac
    }

    /// `t=<seconds>,v1=<hex>` for a message.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, at: Timestamp, body: &[u8]) -> String {
        let seconds = at.seconds();
        let mac = self.mac(purpose, seconds, body).finalize().into_bytes();
        format!("t={seconds},v1={}", hex::encode(mac))
    }

    /// Whether a message is the other side's, and fresh.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn verify(
        &self,
        purpose: Purpose,
        stamp: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), MessageError> {
        let (at, mac) = stamp
            .strip_prefix("t=")
            .and_then(|rest| rest.split_once(",v1="))
            .ok_or(MessageError::Form)?;
        let at: i64 = at.parse().map_err(|_| MessageError::Form)?;
        let mac = hex::decode(mac).map_err(|_| MessageError::Form)?;
        self.mac(purpose, at, body)
            .verify_slice(&mac)
            .map_err(|_| MessageError::Forged)?;
        if now.seconds().abs_diff(at) > FRESH.unsigned_abs() {
            return Err(MessageError::Stale);
        }
        Ok(())
    }
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayOrder {
    /// The payment's id.
    pub payment: String,
    /// The platform's id.
    pub platform: String,
    /// 分.
    pub amount: i64,
    /// What for, as the payer reads it.
    pub subject: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// Where the notification goes.
    pub notify_to: String,
}

/// What the gateway says happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// The notification's own id: it counts once.
    pub id: String,
    /// The payment's id.
    pub payment: String,
    /// 分 that were paid.
    pub amount: i64,
    /// The gateway's own reference.
    pub reference: String,
    /// Seconds since 1970.
    pub paid_at: i64,
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The payment's id.
    pub payment: String,
}

/// The answer: the notification that should have come, or that nothing was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The payment's id.
    pub payment: String,
    /// What was paid.
    pub paid: Option<Notification>,
}

/// A future that a trait object can give.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Status, String>> + Send + 'a>>;

/// How the server reaches a gateway when a notification was lost.
pub trait Ask: Send + Sync {
    /// Asks about a payment; the answer was verified.
    fn status<'a>(&'a self, payment: &'a str) -> Asking<'a>;
}

/// A platform's end of the gateway.
pub struct Gateway {
    /// The shared key.
    pub key: GatewayKey,
    /// Where the gateway's pages are, without a slash at the end; nothing: no gateway.
    pub address: Option<String>,
    /// How it is asked.
    pub ask: Option<Box<dyn Ask>>,
}

impl Gateway {
    /// The address of the pay page for a payment: it says what is owed, under a MAC.
    #[must_use]
    pub fn pay_address(
        &self,
        tenant: &Tenant,
        application: &Application,
        payment: &Payment,
    ) -> Option<String> {
        let address = self.address.as_deref()?;
        let order = PayOrder {
            payment: payment.id.to_string(),
            platform: tenant.id().to_owned(),
            amount: payment.amount,
            subject: format!("数字证书 {}", application.number),
            return_to: format!("{}/applications/{}", tenant.origin(), application.id),
            notify_to: format!("{}/api/v1/payments/notifications", tenant.origin()),
        };
        let body = serde_json::to_vec(&order).ok()?;
        // The order does not grow old: what it says is checked again when the money comes.
        let mac = self.key.sign(Purpose::Order, payment.created_at, &body);
        Some(format!(
            "{address}/pay?order={}&mac={}",
            URL_SAFE_NO_PAD.encode(&body),
            URL_SAFE_NO_PAD.encode(mac)
        ))
    }
}

/// Reads what [`Gateway::pay_address`] wrote. Its time stamp may be old: a payer may come back to the page tomorrow.
///
/// # Errors
/// [`MessageError`].
pub fn read_order(key: &GatewayKey, order: &str, mac: &str) -> Result<PayOrder, MessageError> {
    let body = URL_SAFE_NO_PAD
        .decode(order)
        .map_err(|_| MessageError::Form)?;
    let mac = URL_SAFE_NO_PAD
        .decode(mac)
        .map_err(|_| MessageError::Form)?;
    let mac = String::from_utf8(mac).map_err(|_| MessageError::Form)?;
    let at: i64 = mac
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(','))
        .and_then(|(at, _)| at.parse().ok())
        .ok_or(MessageError::Form)?;
    key.verify(Purpose::Order, &mac, &body, Timestamp::from_seconds(at))?;
    serde_json::from_slice(&body).map_err(|_| MessageError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_message_counts_for_its_purpose_its_bytes_and_its_time_alone() {
        let key = GatewayKey::new([3; 32]);
        let stamp = key.sign(Purpose::Notification, NOW, b"{}");
        let check = |purpose, stamp: &str, body: &[u8], now| key.verify(purpose, stamp, body, now);
        assert_eq!(check(Purpose::Notification, &stamp, b"{}", NOW), Ok(()));
        assert_eq!(
            check(Purpose::Status, &stamp, b"{}", NOW),
            Err(MessageError::Forged)
        );
        assert_eq!(
            check(Purpose::Notification, &stamp, b"{ }", NOW),
            Err(MessageError::Forged)
        );
        let later = Timestamp::from_seconds(1_800_000_601);
        assert_eq!(
            check(Purpose::Notification, &stamp, b"{}", later),
            Err(MessageError::Stale)
        );
        let moved = stamp.replace("t=1800000000", "t=1800000001");
        assert_eq!(
            check(Purpose::Notification, &moved, b"{}", NOW),
            Err(MessageError::Forged)
        );
        assert_eq!(
            check(Purpose::Notification, "t=1,v1=zz", b"{}", NOW),
            Err(MessageError::Form)
        );
        let other = GatewayKey::new([4; 32]);
        assert_eq!(
            other.verify(Purpose::Notification, &stamp, b"{}", NOW),
            Err(MessageError::Forged)
        );
    }
}
