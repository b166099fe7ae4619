//! Productions: a key being made, renewed or unlocked, step by step. Each step can be done again after the key was
//! pulled, and leads to the same row.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Production {
    /// Its id.
    pub id: Id,
    /// For which application.
    pub application: Id,
    /// `produce`, `renew` or `unlock`.
    pub kind: String,
    /// `begun`, `waiting` (for the CA, or for the token to be written), `written`, `refused`, `abandoned`.
    pub state: String,
    /// The key's number.
    pub key_number: String,
    /// What the agent shows, exact JSON.
    pub intent: String,
    /// The token's serial.
    pub device_serial: Option<String>,
    /// Hex, over the SubjectPublicKeyInfo.
    pub signing_key_sha256: Option<String>,
    /// The administrator PIN, sealed for the CA, base64.
    pub escrow: Option<String>,
    /// The CA's order.
    pub order: Option<Id>,
    /// What the CA answered, JSON.
    pub result: Option<String>,
    /// Why it would not.
    pub refusal: Option<String>,
    /// Who began.
    pub begun_by: Id,
    /// When.
    pub begun_at: Timestamp,
    /// The sealed challenge of a renewal.
    pub challenge: Option<String>,
}

/// What the agent prepared.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    /// The token's serial.
    pub device_serial: &'a str,
    /// Hex, over the SubjectPublicKeyInfo; nothing for an unlock.
    pub signing_key_sha256: Option<&'a str>,
    /// Base64.
    pub escrow: Option<&'a str>,
    /// The CA's order.
    pub order: &'a Id,
    /// Now.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, application_id, kind, state, key_number, intent, device_serial, signing_key_sha256, escrow, order_id, result, refusal, begun_by, begun_at, challenge"
    };
}

crate::statements! {
    /// A new production; no row comes back while one is open.
    INSERT = "INSERT INTO production (id, platform, application_id, kind, state, key_number, intent, begun_by, begun_at) \
        VALUES ($1, $2, $3, $4, 'begun', $5, $6, $7, $8) \
        ON CONFLICT (application_id) WHERE state IN ('begun', 'waiting') DO NOTHING RETURNING id";
    /// The latest of an application: the open one, where one is.
    LATEST = concat!("SELECT ", columns!(), " FROM production WHERE platform = $1 AND application_id = $2 \
        ORDER BY CASE WHEN state IN ('begun', 'waiting') THEN 0 ELSE 1 END, begun_at DESC, CASE WHEN state = 'written' THEN 0 ELSE 1 END, id DESC LIMIT 1");
    /// One.
    BY_ID = concat!("SELECT ", columns!(), " FROM production WHERE platform = $1 AND id = $2");
    /// The one that wrote a key that is in use: its escrow unlocks the token.
    OF_KEY = concat!("SELECT ", columns!(), " FROM production WHERE key_number = $1 AND state = 'written' AND kind IN ('produce', 'renew') AND escrow IS NOT NULL \
        ORDER BY begun_at DESC, id DESC LIMIT 1");
    /// What the agent prepared, once.
    PREPARED = "UPDATE production SET state = 'waiting', device_serial = $3, signing_key_sha256 = $4, escrow = $5, order_id = $6, prepared_at = $7 \
        WHERE platform = $1 AND id = $2 AND state = 'begun' RETURNING id";
    /// A new challenge for the old key of a renewal.
    CHALLENGE = "UPDATE production SET challenge = $3 WHERE platform = $1 AND id = $2 AND state IN ('begun', 'waiting')";
    /// That it would not.
    REFUSED = "UPDATE production SET state = 'refused', refusal = $3, ended_at = $4 WHERE platform = $1 AND id = $2 AND state = 'waiting' RETURNING id";
    /// It is in the token and was read back.
    WRITTEN = "UPDATE production SET state = 'written', result = $3, ended_at = $4 WHERE platform = $1 AND id = $2 AND state = 'waiting' RETURNING id";
    /// Given up for another token.
    ABANDON = "UPDATE production SET state = 'abandoned', ended_at = $3 WHERE platform = $1 AND id = $2 AND state IN ('begun', 'waiting') RETURNING id";
}

fn production(row: &AnyRow) -> Result<Production, StoreError> {
    let order: Option<String> = row.try_get(9)?;
    Ok(Production {
        id: id(row.try_get(0)?, "production.id")?,
        application: id(row.try_get(1)?, "production.application_id")?,
        kind: row.try_get(2)?,
        state: row.try_get(3)?,
        key_number: row.try_get(4)?,
        intent: row.try_get(5)?,
        device_serial: row.try_get(6)?,
        signing_key_sha256: row.try_get(7)?,
        escrow: row.try_get(8)?,
        order: order
            .map(|text| id(text, "production.order_id"))
            .transpose()?,
        result: row.try_get(10)?,
        refusal: row.try_get(11)?,
        begun_by: id(row.try_get(12)?, "production.begun_by")?,
        begun_at: Timestamp(row.try_get(13)?),
        challenge: row.try_get(14)?,
    })
}

/// Begins; `false` while one is open.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Production,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.application.as_str())
        .bind(new.kind.as_str())
        .bind(new.key_number.as_str())
        .bind(new.intent.as_str())
        .bind(new.begun_by.as_str())
        .bind(new.begun_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// An application's latest production, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn latest(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
) -> Result<Option<Production>, StoreError> {
    let row = sqlx::query(LATEST)
        .bind(platform)
        .bind(application.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(production).transpose()
}

/// Writes what the agent prepared; `false` where that was done before.
///
/// # Errors
/// Those of the database.
pub async fn prepared(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    prepared: &Prepared<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(PREPARED)
        .bind(platform)
        .bind(id.as_str())
        .bind(prepared.device_serial)
        .bind(prepared.signing_key_sha256.map(str::to_owned))
        .bind(prepared.escrow.map(str::to_owned))
        .bind(prepared.order.as_str())
        .bind(prepared.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Keeps the challenge that the old key of a renewal is to answer.
///
/// # Errors
/// Those of the database.
pub async fn challenge(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    challenge: &str,
) -> Result<(), StoreError> {
    sqlx::query(CHALLENGE)
        .bind(platform)
        .bind(id.as_str())
        .bind(challenge)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes that the CA would not; `false` where it was settled before.
///
/// # Errors
/// Those of the database.
pub async fn refused(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    refusal: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(REFUSED)
        .bind(platform)
        .bind(id.as_str())
        .bind(refusal)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Ends a production whose certificates were read back, with what the CA answered; `false` where it was not at that
/// point.
///
/// # Errors
/// Those of the database.
pub async fn written(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    result: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(WRITTEN)
        .bind(platform)
        .bind(id.as_str())
        .bind(result)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Gives a production up; `false` where it had ended.
///
/// # Errors
/// Those of the database.
pub async fn abandon(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(ABANDON)
        .bind(platform)
        .bind(id.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// One production.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn production(
        &self,
        platform: &str,
        id: &Id,
    ) -> Result<Option<Production>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(production).transpose()
    }

    /// An application's latest production.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn production_of(
        &self,
        platform: &str,
        application: &Id,
    ) -> Result<Option<Production>, StoreError> {
        let row = sqlx::query(LATEST)
            .bind(platform)
            .bind(application.as_str())
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(production).transpose()
    }

    /// The production whose escrow unlocks a key, whichever platform it was made for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn production_of_key(
        &self,
        key_number: &str,
    ) -> Result<Option<Production>, StoreError> {
        let row = sqlx::query(OF_KEY)
            .bind(key_number)
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(production).transpose()
    }
}
