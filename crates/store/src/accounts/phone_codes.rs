//! Codes that come by telephone. A code is for one purpose and one number, is used once, and has few tries.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::StoreError;

/// A new code.
#[derive(Clone, Debug)]
pub struct NewPhoneCode<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// `login`, `register`, `recover` or `phone`.
    pub purpose: &'a str,
    /// The number.
    pub phone: &'a str,
    /// The account that it is for, where it is for one.
    pub account: Option<&'a Id>,
    /// SHA-256 of purpose, number and code.
    pub code_hash: [u8; 32],
    /// Where the request came from.
    pub address: &'a str,
    /// Now.
    pub at: Timestamp,
    /// From when it counts no more.
    pub expires_at: Timestamp,
}

crate::statements! {
    /// A new code.
    INSERT = "INSERT INTO phone_code (id, platform, purpose, phone, account_id, code_hash, address, tries, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    /// How many a number asked for lately.
    OF_PHONE_LATELY = "SELECT COUNT(*) FROM phone_code WHERE platform = $1 AND phone = $2 AND created_at > $3";
    /// How many an address asked for lately.
    OF_ADDRESS_LATELY = "SELECT COUNT(*) FROM phone_code WHERE address = $1 AND created_at > $2";
    /// Counts a try on the latest code before it is compared; no row while there is none or its tries are used up.
    TRY = "UPDATE phone_code SET tries = tries + 1 WHERE id = (SELECT id FROM phone_code WHERE platform = $1 AND purpose = $2 AND phone = $3 \
        AND expires_at > $4 AND used_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1) AND tries < $5 RETURNING id, code_hash";
    /// Uses one up; no row when somebody was faster.
    USE = "UPDATE phone_code SET used_at = $3 WHERE platform = $1 AND id = $2 AND used_at IS NULL RETURNING id";
}

/// Writes a code.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewPhoneCode<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.purpose)
        .bind(new.phone)
        .bind(new.account.map(|id| id.as_str().to_owned()))
        .bind(new.code_hash.to_vec())
        .bind(new.address)
        .bind(new.at.0)
        .bind(new.expires_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// How many codes a number and an address asked for since an instant.
///
/// # Errors
/// Those of the database.
pub async fn lately(
    connection: &mut AnyConnection,
    platform: &str,
    phone: &str,
    address: &str,
    since: Timestamp,
) -> Result<(i64, i64), StoreError> {
    let of_phone = sqlx::query(OF_PHONE_LATELY)
        .bind(platform)
        .bind(phone)
        .bind(since.0)
        .fetch_one(&mut *connection)
        .await?;
    let of_address = sqlx::query(OF_ADDRESS_LATELY)
        .bind(address)
        .bind(since.0)
        .fetch_one(connection)
        .await?;
    Ok((of_phone.try_get(0)?, of_address.try_get(0)?))
}

/// Counts a try on the latest open code: its id and the hash to compare with, while tries are left.
///
/// # Errors
/// Those of the database.
pub async fn try_code(
    connection: &mut AnyConnection,
    platform: &str,
    purpose: &str,
    phone: &str,
    tries: i64,
    now: Timestamp,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let row = sqlx::query(TRY)
        .bind(platform)
        .bind(purpose)
        .bind(phone)
        .bind(now.0)
        .bind(tries)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .transpose()
}

/// Uses a code up; `false` when it was used.
///
/// # Errors
/// Those of the database.
pub async fn used(
    connection: &mut AnyConnection,
    platform: &str,
    code: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(USE)
        .bind(platform)
        .bind(code)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}
