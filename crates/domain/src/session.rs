//! A logged-in browser session: how long it lives, and how it came about.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::entropy::{Randomness, random_bytes};
use crate::time::{Span, Timestamp};

/// A session ends this long after login, whatever happens.
pub const LIFE: Span = Span::hours(8);
/// A session ends this long after its last request.
pub const IDLE: Span = Span::hours(2);
/// The last request is written down at most this often: a row is not rewritten for each picture of a page.
pub const TOUCH_EVERY: Span = Span::minutes(5);

/// The secret in the session cookie: 32 random bytes. The database keeps its hash alone.
pub struct SessionSecret(Zeroizing<String>);

/// How somebody logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Account name and password.
    Password,
    /// A bound key.
    Certificate,
    /// A code that came by telephone.
    Phone,
}

impl Method {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Certificate => "certificate",
            Self::Phone => "phone",
        }
    }

    /// The method of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Password, Self::Certificate, Self::Phone]
            .into_iter()
            .find(|method| method.as_str() == word)
    }
}

impl SessionSecret {
    /// A fresh secret.
    #[must_use]
    pub fn new(random: &dyn Randomness) -> Self {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(random_bytes(random));
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// The secret as a cookie brought it; nothing when it has not the shape of one.
    #[must_use]
    pub fn from_cookie(text: &str) -> Option<Self> {
        let shaped = text.len() == 43
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        shaped.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The cookie's value: 43 characters of base64url.
    #[must_use]
    pub fn cookie_value(&self) -> &str {
        &self.0
    }

    /// What the database keeps: SHA-256 of the cookie's value. A copy of the database opens no session.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// Whether a session that began and was last seen at these instants still counts.
#[must_use]
pub fn is_live(created_at: Timestamp, last_seen_at: Timestamp, now: Timestamp) -> bool {
    now < created_at + LIFE && now < last_seen_at + IDLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_two_hours_after_the_last_request_and_eight_after_login() {
        let login = Timestamp::from_seconds(1_000_000);
        assert!(is_live(login, login, login + Span::minutes(119)));
        assert!(!is_live(login, login, login + Span::minutes(120)));
        assert!(is_live(
            login,
            login + Span::hours(7),
            login + Span::minutes(479)
        ));
        assert!(!is_live(
            login,
            login + Span::hours(7),
            login + Span::hours(8)
        ));
    }

    #[test]
    fn only_what_looks_like_a_secret_is_looked_up() {
        assert!(SessionSecret::from_cookie(&"A".repeat(43)).is_some());
        for text in ["", "short", &"A".repeat(44), &"' OR 1=1 --".repeat(4)[..43]] {
            assert!(SessionSecret::from_cookie(text).is_none());
        }
    }
}
