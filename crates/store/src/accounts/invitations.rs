//! Codes that an invited person sets their first password with.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::StoreError;

crate::statements! {
    /// A code, in the place of an earlier one.
    SET = "INSERT INTO invitation (account_id, platform, code_hash, tries, created_at, expires_at) VALUES ($1, $2, $3, 0, $4, $5) \
        ON CONFLICT (account_id) DO UPDATE SET code_hash = $3, tries = 0, created_at = $4, expires_at = $5, used_at = NULL";
    /// Counts a try before the code is compared; no row while none is open or its tries are used up.
    TRY = "UPDATE invitation SET tries = tries + 1 WHERE platform = $1 AND account_id = $2 AND used_at IS NULL AND expires_at > $3 AND tries < $4 \
        RETURNING code_hash";
    /// Uses it up.
    USE = "UPDATE invitation SET used_at = $3 WHERE platform = $1 AND account_id = $2 AND used_at IS NULL";
}

/// Writes a code, in the place of an earlier one.
///
/// # Errors
/// Those of the database.
pub async fn set(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    code_hash: [u8; 32],
    at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(SET)
        .bind(account.as_str())
        .bind(platform)
        .bind(code_hash.to_vec())
        .bind(at.0)
        .bind(expires_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts a try and gives the hash to compare with, while tries are left.
///
/// # Errors
/// Those of the database.
pub async fn try_code(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    tries: i64,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(TRY)
        .bind(platform)
        .bind(account.as_str())
        .bind(now.0)
        .bind(tries)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Uses the code up.
///
/// # Errors
/// Those of the database.
pub async fn used(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(USE)
        .bind(platform)
        .bind(account.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}
