//! `/api/v1/phone-codes`: six digits by telephone, for one purpose and one number, once, within ten minutes, with five tries.

use domain::{Span, Timestamp};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use store::accounts::phone_codes;
use store::{Deed, StoreError, Tx};

use crate::http::account::confirm;

pub mod create;

/// How long a code serves.
pub const LIFE: Span = Span::minutes(10);
/// Tries of one code.
const TRIES: i64 = 5;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 手机验证码登录.
    Login,
    /// Registering an organisation.
    Register,
    /// A forgotten password.
    Recover,
    /// A new number of one's own.
    Phone,
}

impl Purpose {
    /// The word in the row.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
            Self::Recover => "recover",
            Self::Phone => "phone",
        }
    }
}

/// What the database keeps of a code.
#[must_use]
pub fn hash(purpose: Purpose, phone: &str, code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["yinxin phone code", purpose.word(), phone, code] {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize().into()
}

/// Compares a code: its id when it is right. A try is counted whatever comes of it.
///
/// # Errors
/// Those of the database.
pub async fn compare(
    tx: &mut Tx<'_>,
    platform: &str,
    purpose: Purpose,
    phone: &str,
    code: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let word = purpose.word();
    let kept = phone_codes::try_code(tx.connection(), platform, word, phone, TRIES, now).await?;
    Ok(kept
        .filter(|(_, kept)| confirm::same(kept, &hash(purpose, phone, code)))
        .map(|(id, _)| id))
}

/// Compares a code in a transaction of its own, so that the try counts whatever follows; the code is not used.
#[derive(Debug)]
pub struct Look<'a> {
    /// The platform.
    pub platform: &'a str,
    /// What for.
    pub purpose: Purpose,
    /// The number.
    pub phone: &'a str,
    /// What was typed.
    pub code: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl Deed for Look<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let (platform, phone, now) = (self.platform, self.phone, self.now);
        let found = compare(tx, platform, self.purpose, phone, self.code, now).await?;
        Ok(Ok(found.is_some()))
    }
}

/// Compares a code and uses it up.
///
/// # Errors
/// Those of the database.
pub async fn spend(
    tx: &mut Tx<'_>,
    platform: &str,
    purpose: Purpose,
    phone: &str,
    code: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match compare(tx, platform, purpose, phone, code, now).await? {
        Some(id) => phone_codes::used(tx.connection(), platform, &id, now).await,
        None => Ok(false),
    }
}
