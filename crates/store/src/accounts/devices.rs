//! Browsers and parts of the network that an account was seen in: for the risk line, and so that strangers' wrong passwords do
//! not slow its owner.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// What was known before a login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whether the account was ever seen anywhere.
    pub before: bool,
    /// Whether it was seen in this browser.
    pub device: bool,
    /// Whether it was seen in this part of the network.
    pub place: bool,
}

crate::statements! {
    /// Whether the browser is known.
    KNOWN = "SELECT 1 FROM known_device WHERE platform = $1 AND account_id = $2 AND secret_hash = $3";
    /// Whether the browser is known by the account's name.
    KNOWN_BY_NAME = "SELECT 1 FROM known_device d JOIN account a ON a.id = d.account_id WHERE a.platform = $1 AND a.name = $2 AND d.secret_hash = $3";
    /// Whether any browser is.
    ANY = "SELECT 1 FROM known_device WHERE platform = $1 AND account_id = $2 LIMIT 1";
    /// Whether the part of the network is, since an instant.
    PLACE = "SELECT 1 FROM login_place WHERE platform = $1 AND account_id = $2 AND place = $3 AND last_seen_at > $4";
    /// The browser was seen.
    SEE_DEVICE = "INSERT INTO known_device (platform, account_id, secret_hash, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $4, $4) \
        ON CONFLICT (account_id, secret_hash) DO UPDATE SET last_seen_at = $4";
    /// The place was seen.
    SEE_PLACE = "INSERT INTO login_place (platform, account_id, place, last_seen_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (account_id, place) DO UPDATE SET last_seen_at = $4";
    /// All browsers of an account are forgotten.
    FORGET = "DELETE FROM known_device WHERE platform = $1 AND account_id = $2";
}

/// What was known, and notes that it is now.
///
/// # Errors
/// Those of the database.
pub async fn see(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
    device: &[u8; 32],
    place: &str,
    place_since: Timestamp,
    now: Timestamp,
) -> Result<Seen, StoreError> {
    let known = sqlx::query(KNOWN)
        .bind(platform)
        .bind(account.as_str())
        .bind(device.to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let any = sqlx::query(ANY)
        .bind(platform)
        .bind(account.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let seen_place = sqlx::query(PLACE)
        .bind(platform)
        .bind(account.as_str())
        .bind(place)
        .bind(place_since.0)
        .fetch_optional(&mut *connection)
        .await?;
    sqlx::query(SEE_DEVICE)
        .bind(platform)
        .bind(account.as_str())
        .bind(device.to_vec())
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(SEE_PLACE)
        .bind(platform)
        .bind(account.as_str())
        .bind(place)
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(Seen {
        before: any.is_some(),
        device: known.is_some(),
        place: seen_place.is_some(),
    })
}

/// Forgets every browser of an account: after its password was recovered none is trusted.
///
/// # Errors
/// Those of the database.
pub async fn forget(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
) -> Result<(), StoreError> {
    sqlx::query(FORGET)
        .bind(platform)
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// Whether an account of this name was seen in this browser.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_known_device(
        &self,
        platform: &str,
        name: &str,
        device: &[u8; 32],
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(KNOWN_BY_NAME)
            .bind(platform)
            .bind(name)
            .bind(device.to_vec())
            .fetch_optional(self.read())
            .await?;
        // `SELECT 1` is an int4 on one engine and an int8 on the other: only whether it came counts.
        Ok(row.is_some_and(|row| !row.is_empty()))
    }
}
