//! Wrong passwords, counted by account and address.

use domain::Timestamp;
use domain::password::Throttle;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

crate::statements! {
    /// The count of one account from one address.
    COUNT = "SELECT failures, last_failure_at FROM password_failure WHERE platform = $1 AND account = $2 AND address = $3";
    /// Writes the count.
    SET = "INSERT INTO password_failure (platform, account, address, failures, last_failure_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (platform, account, address) DO UPDATE SET failures = excluded.failures, last_failure_at = excluded.last_failure_at";
    /// Forgets the count after a right password.
    CLEAR = "DELETE FROM password_failure WHERE platform = $1 AND account = $2 AND address = $3";
    /// Forgets what is older than the window.
    SWEEP = "DELETE FROM password_failure WHERE last_failure_at < $1";
}

/// Whose wrong passwords are counted: an account name from an address, or (`account` empty) the address alone.
#[derive(Clone, Copy, Debug)]
pub struct Counter<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The name that was tried, as typed and folded; it need not exist.
    pub account: &'a str,
    /// The caller's IP address.
    pub address: &'a str,
}

/// The count inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn count(
    connection: &mut AnyConnection,
    of: Counter<'_>,
) -> Result<Option<Throttle>, StoreError> {
    let row = sqlx::query(COUNT)
        .bind(of.platform)
        .bind(of.account)
        .bind(of.address)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Throttle {
            failures: row.try_get(0)?,
            last_failure_at: Timestamp(row.try_get(1)?),
        })
    })
    .transpose()
}

/// Writes a count and forgets stale ones of everybody.
///
/// # Errors
/// Those of the database.
pub async fn set(
    connection: &mut AnyConnection,
    of: Counter<'_>,
    count: Throttle,
) -> Result<(), StoreError> {
    sqlx::query(SWEEP)
        .bind((count.last_failure_at - Throttle::WINDOW).0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(SET)
        .bind(of.platform)
        .bind(of.account)
        .bind(of.address)
        .bind(count.failures)
        .bind(count.last_failure_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets a count.
///
/// # Errors
/// Those of the database.
pub async fn clear(connection: &mut AnyConnection, of: Counter<'_>) -> Result<(), StoreError> {
    sqlx::query(CLEAR)
        .bind(of.platform)
        .bind(of.account)
        .bind(of.address)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The count, read outside a transaction, before any work is spent on the password.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn password_failures(&self, of: Counter<'_>) -> Result<Option<Throttle>, StoreError> {
        let mut connection = self.read().acquire().await?;
        count(&mut connection, of).await
    }
}
