//! Passwords: what is accepted, how they are kept, and how guessing is slowed without locking the owner out.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::entropy::{Randomness, random_bytes};
use crate::registration::AccountName;
use crate::time::{Span, Timestamp};

/// Argon2id with 19 MiB, two passes, one lane: the floor that OWASP's password storage cheat sheet gives.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Characters that a password must at least have.
pub const MIN_CHARACTERS: usize = 10;
/// Bytes that a password may at most have: Argon2 reads all of them, so a limit keeps a request cheap.
pub const MAX_BYTES: usize = 256;

/// A password as it was typed. Never shown by `Debug`, erased when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a new password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`MIN_CHARACTERS`] characters or more than [`MAX_BYTES`] bytes.
    #[error("a password has at least 10 characters and at most 256 bytes")]
    Length,
    /// It contains the name one logs in with.
    #[error("the password contains the account's name")]
    ContainsAccountName,
    /// Fewer than five different characters, or characters of one kind only.
    #[error("the password is too uniform")]
    TooUniform,
}

impl Password {
    /// Takes a password as typed; [`Password::check_new`] judges it when it is to be kept.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The policy for a new password: length first, as NIST SP 800-63B advises, then what is trivially guessed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_new(&self, account: &AccountName) -> Result<(), PasswordError> {
        if self.0.chars().count() < MIN_CHARACTERS || self.0.len() > MAX_BYTES {
            return Err(PasswordError::Length);
        }
        if self.0.to_lowercase().contains(account.as_str()) {
            return Err(PasswordError::ContainsAccountName);
        }
        let mut seen: Vec<char> = self.0.chars().collect();
        seen.sort_unstable();
        seen.dedup();
        let kinds = [
            seen.iter().any(|c| c.is_ascii_digit()),
            seen.iter().any(|c| c.is_ascii_lowercase()),
            seen.iter().any(|c| c.is_ascii_uppercase()),
            seen.iter().any(|c| !c.is_ascii_alphanumeric()),
        ];
        if seen.len() < 5 || kinds.into_iter().filter(|kind| *kind).count() < 2 {
            return Err(PasswordError::TooUniform);
        }
        Ok(())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Argon2id's answer in PHC string form, with a fresh salt of 16 bytes. Takes about 20 ms and 19 MiB.
#[must_use]
pub fn hash(password: &Password, random: &dyn Randomness) -> String {
    let salt: [u8; 16] = random_bytes(random);
    let hash: PasswordHash = argon2()
        .hash_password_with_salt(password.0.as_bytes(), &salt)
        // The parameters are constants of this file and the salt has a fixed length: nothing is left to fail.
        .expect("constant Argon2id parameters are valid");
    hash.to_string()
}

/// Whether the password gives the kept hash. A hash that cannot be read never matches.
#[must_use]
pub fn matches(password: &Password, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else {
        return false;
    };
    argon2()
        .verify_password(password.0.as_bytes(), &kept)
        .is_ok()
}

/// Spends the time of a comparison when the account does not exist, so that its absence cannot be measured.
pub fn compare_with_nobody(password: &Password) {
    let mut output = [0; 32];
    let _ = argon2().hash_password_into(password.0.as_bytes(), b"nobody's salt 16", &mut output);
}

fn params() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constant Argon2id parameters are valid")
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

/// Failed tries of one account from one address within [`Throttle::WINDOW`].
///
/// Counting the pair, and not the account, is what keeps a stranger from locking its owner out:
/// the owner's address has a count of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Wrong passwords since the window began.
    pub failures: i64,
    /// When the last of them came.
    pub last_failure_at: Timestamp,
}

impl Throttle {
    /// After this long without a failure the count begins again.
    pub const WINDOW: Span = Span::minutes(15);
    /// Tries without any delay.
    pub const FREE: i64 = 5;
    /// Tries from one address over all accounts within the window, against guessing one password for many names.
    pub const FREE_PER_ADDRESS: i64 = 50;
    /// Tries for one account from everywhere but browsers that it was seen in, against guessing from many addresses.
    pub const FREE_PER_ACCOUNT: i64 = 100;

    /// When the next try may be made: at once for the first `free`, then 15 s, 30 s, 60 s … up to the window.
    #[must_use]
    pub fn open_at(self, free: i64) -> Timestamp {
        if self.failures < free {
            return self.last_failure_at;
        }
        let doublings = u32::try_from((self.failures - free).clamp(0, 6)).unwrap_or(6);
        let wait = Span::seconds(15 * (1 << doublings)).min(Self::WINDOW);
        self.last_failure_at + wait
    }

    /// The count after one more failure at `now`.
    #[must_use]
    pub fn after_failure(previous: Option<Self>, now: Timestamp) -> Self {
        let failures = match previous {
            Some(old) if now.since(old.last_failure_at) < Self::WINDOW => {
                old.failures.saturating_add(1)
            }
            _ => 1,
        };
        Self {
            failures,
            last_failure_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Randomness for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn check(text: &str) -> Result<(), PasswordError> {
        Password::new(text.into()).check_new(&"demo".parse().unwrap())
    }

    #[test]
    fn a_password_matches_its_own_hash_and_no_other() {
        let kept = hash(&Password::new("Yinxin-2026".into()), &Fixed(7));
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(matches(&Password::new("Yinxin-2026".into()), &kept));
        assert!(!matches(&Password::new("yinxin-2026".into()), &kept));
        assert!(!matches(&Password::new("Yinxin-2026".into()), "not a hash"));
    }

    #[test]
    fn two_accounts_with_one_password_have_different_hashes() {
        let password = Password::new("Yinxin-2026".into());
        assert_ne!(hash(&password, &Fixed(1)), hash(&password, &Fixed(2)));
    }

    #[test]
    fn weak_passwords_are_refused_for_their_reason() {
        assert_eq!(check("Yinxin-2026"), Ok(()));
        assert_eq!(check("Ab1-xyz"), Err(PasswordError::Length));
        assert_eq!(check(&"aB3".repeat(100)), Err(PasswordError::Length));
        assert_eq!(
            check("my-Demo-password"),
            Err(PasswordError::ContainsAccountName)
        );
        assert_eq!(check("1212121212"), Err(PasswordError::TooUniform));
        assert_eq!(check("1234567890"), Err(PasswordError::TooUniform));
    }

    #[test]
    fn the_password_is_not_printed() {
        assert_eq!(
            format!("{:?}", Password::new("secret".into())),
            "Password(…)"
        );
    }

    #[test]
    fn the_sixth_wrong_try_waits_and_each_further_one_waits_longer_but_never_beyond_the_window() {
        let start = Timestamp::from_seconds(1_000_000);
        let mut throttle = None;
        let mut waits = Vec::new();
        for _ in 0..14 {
            let next = Throttle::after_failure(throttle, start);
            waits.push(next.open_at(Throttle::FREE).since(start).whole_seconds());
            throttle = Some(next);
        }
        assert_eq!(
            waits,
            [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900, 900]
        );
    }

    #[test]
    fn the_count_begins_again_after_a_quiet_window() {
        let start = Timestamp::from_seconds(1_000_000);
        let old = Throttle {
            failures: 40,
            last_failure_at: start,
        };
        assert_eq!(
            Throttle::after_failure(Some(old), start + Throttle::WINDOW).failures,
            1
        );
    }
}
