//! The login challenge: the server remembers nothing, the challenge carries everything under a MAC.
//!
//! A page fetches it, the agent's statement answers it, the page brings both back. What it is bound to
//! (nonce, expiry, origin, purpose, account, browser session) is what `protocols.md`, "The statement", asks for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::Purpose;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::entropy::Id;
use crate::time::{Span, Timestamp};

/// How long a challenge can be answered.
pub const LIFE: Span = Span::minutes(5);
/// Longest challenge that is looked at, in bytes of its text: an intent of 4 KiB in JSON in base64 fits.
pub const MAX_BYTES: usize = 12 * 1024;
/// Separates this MAC from any other use of a key, should one ever be shared.
const CONTEXT: &[u8] = b"yinxin challenge v1\0";

/// The key of the challenges' MAC; every server process of one installation holds the same.
pub struct ChallengeKey(Zeroizing<[u8; 32]>);

/// A challenge, read back and known to be our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// What the statement is for.
    pub purpose: Purpose,
    /// The platform that asked.
    pub platform: String,
    /// Its web origin, the one that the agent must have seen.
    pub origin: String,
    /// 32 random bytes, used once.
    #[serde(with = "nonce_text")]
    pub nonce: [u8; 32],
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
    /// Who holds it: a hash of the cookie of the browser session, before or after login.
    pub holder: Holder,
    /// The account that a key is to be bound to; nothing for a login.
    pub account: Option<Id>,
    /// The very bytes that the agent shows and hashes, at most 4 KiB of JSON.
    pub intent: String,
}

/// The browser session that a challenge was given to: SHA-256 of its secret cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holder(String);

/// Why a challenge is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// Not made by this installation, or changed since.
    #[error("the challenge was not made here or was changed")]
    NotOurs,
    /// Its five minutes are over.
    #[error("the challenge has expired")]
    Expired,
    /// Another platform, purpose or browser session asked for it.
    #[error("the challenge was made for another {0}")]
    MadeForAnother(&'static str),
}

/// Where a challenge comes back to, and what for.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The purpose of the endpoint.
    pub purpose: Purpose,
    /// The platform by Host.
    pub platform: &'a str,
    /// The platform's configured origin.
    pub origin: &'a str,
    /// The cookie's hash.
    pub holder: &'a Holder,
}

impl Holder {
    /// The holder of a cookie with this secret.
    #[must_use]
    pub fn of_cookie(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes())))
    }
}

impl ChallengeKey {
    /// A key of 32 bytes from the installation's key file.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn mac(&self, payload: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of any length");
        mac.update(CONTEXT);
        mac.update(payload);
        mac
    }

    /// A key for another use of the same installation, told apart by its name.
    #[must_use]
    pub fn subkey(&self, name: &str) -> Zeroizing<[u8; 32]> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of any length");
        mac.update(b"yinxin subkey v1\0");
        mac.update(name.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// The text that travels: payload and MAC, each in base64url, with a dot between.
    #[must_use]
    pub fn seal(&self, challenge: &Challenge) -> String {
        let payload =
            serde_json::to_vec(challenge).expect("a challenge holds nothing that JSON can't");
        let tag = self.mac(&payload).finalize().into_bytes();
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&payload),
            URL_SAFE_NO_PAD.encode(tag)
        )
    }

    /// Reads a challenge back and checks that it is ours, still good, and made for this place.
    ///
    /// # Errors
    /// See [`ChallengeError`]. The MAC is compared in constant time and before anything is parsed.
    pub fn open(
        &self,
        text: &str,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Challenge, ChallengeError> {
        if text.len() > MAX_BYTES {
            return Err(ChallengeError::NotOurs);
        }
        let (payload, tag) = text.split_once('.').ok_or(ChallengeError::NotOurs)?;
        let payload = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| ChallengeError::NotOurs)?;
        let tag = URL_SAFE_NO_PAD
            .decode(tag)
            .map_err(|_| ChallengeError::NotOurs)?;
        self.mac(&payload)
            .verify_slice(&tag)
            .map_err(|_| ChallengeError::NotOurs)?;
        let challenge: Challenge =
            serde_json::from_slice(&payload).map_err(|_| ChallengeError::NotOurs)?;

        if challenge.purpose != expected.purpose {
            return Err(ChallengeError::MadeForAnother("purpose"));
        }
        if challenge.platform != expected.platform || challenge.origin != expected.origin {
            return Err(ChallengeError::MadeForAnother("platform"));
        }
        if challenge.holder != *expected.holder {
            return Err(ChallengeError::MadeForAnother("browser session"));
        }
        if now >= challenge.expires_at {
            return Err(ChallengeError::Expired);
        }
        Ok(challenge)
    }
}

mod nonce_text {
    use super::URL_SAFE_NO_PAD;
    use base64::Engine as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        nonce: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(nonce))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(serde::de::Error::custom)?;
        bytes
            .try_into()
            .map_err(|_| serde::de::Error::custom("a nonce has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key() -> ChallengeKey {
        ChallengeKey::new([7; 32])
    }

    fn challenge() -> Challenge {
        Challenge {
            purpose: Purpose::Login,
            platform: "gongecai".into(),
            origin: "http://127.0.0.1:8080".into(),
            nonce: [9; 32],
            expires_at: NOW + LIFE,
            holder: Holder::of_cookie("pre"),
            account: None,
            intent: r#"{"v":1,"purpose":"login"}"#.into(),
        }
    }

    fn open(
        text: &str,
        change: impl FnOnce(&mut Expected<'_>),
        now: Timestamp,
    ) -> Result<Challenge, ChallengeError> {
        let holder = Holder::of_cookie("pre");
        let mut expected = Expected {
            purpose: Purpose::Login,
            platform: "gongecai",
            origin: "http://127.0.0.1:8080",
            holder: &holder,
        };
        change(&mut expected);
        key().open(text, &expected, now)
    }

    #[test]
    fn a_challenge_comes_back_as_it_was_given() {
        assert_eq!(
            open(&key().seal(&challenge()), |_| (), NOW),
            Ok(challenge())
        );
    }

    #[test]
    fn it_counts_for_five_minutes_and_not_a_moment_longer() {
        let text = key().seal(&challenge());
        assert!(open(&text, |_| (), NOW + Span::seconds(299)).is_ok());
        assert_eq!(
            open(&text, |_| (), NOW + Span::seconds(300)),
            Err(ChallengeError::Expired)
        );
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let text = key().seal(&challenge());
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                open(&changed, |_| (), NOW),
                Err(ChallengeError::NotOurs),
                "byte {position}"
            );
        }
    }

    #[test]
    fn another_installations_challenge_is_not_ours() {
        let foreign = ChallengeKey::new([8; 32]).seal(&challenge());
        assert_eq!(open(&foreign, |_| (), NOW), Err(ChallengeError::NotOurs));
    }

    #[test]
    fn it_is_good_for_one_purpose_one_platform_and_one_browser_session() {
        let text = key().seal(&challenge());
        let other = Holder::of_cookie("another");
        assert_eq!(
            open(&text, |e| e.purpose = Purpose::Bind, NOW),
            Err(ChallengeError::MadeForAnother("purpose"))
        );
        assert_eq!(
            open(&text, |e| e.platform = "zcygov", NOW),
            Err(ChallengeError::MadeForAnother("platform"))
        );
        assert_eq!(
            open(&text, |e| e.origin = "http://localhost:8080", NOW),
            Err(ChallengeError::MadeForAnother("platform"))
        );
        let answer = key().open(
            &text,
            &Expected {
                purpose: Purpose::Login,
                platform: "gongecai",
                origin: "http://127.0.0.1:8080",
                holder: &other,
            },
            NOW,
        );
        assert_eq!(
            answer,
            Err(ChallengeError::MadeForAnother("browser session"))
        );
    }

    #[test]
    fn nonsense_and_oversize_are_refused_before_parsing() {
        for text in ["", ".", "a.b", "....", &"A".repeat(MAX_BYTES + 1)] {
            assert_eq!(open(text, |_| (), NOW), Err(ChallengeError::NotOurs));
        }
    }
}
