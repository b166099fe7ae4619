//! Codes that come by telephone, and the outbox in which they lie.

use domain::{Id, Span, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A message that would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Id,
    /// `sms` or `mail`.
    pub channel: String,
    /// A number or an address.
    pub recipient: String,
    /// A stable word for what it says.
    pub kind: String,
    /// The text.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// A new code for the progress query.
#[derive(Clone, Debug)]
pub struct NewProgressCode<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The number that was asked about, whether there is one like it or not.
    pub number: &'a str,
    /// The application, where number and telephone fit.
    pub application: Option<&'a Id>,
    /// SHA-256 of number and code.
    pub code_hash: [u8; 32],
    /// Where the request came from.
    pub address: &'a str,
    /// Now.
    pub at: Timestamp,
    /// How long it counts.
    pub expires_at: Timestamp,
}

crate::statements! {
    /// A new code.
    INSERT_PROGRESS = "INSERT INTO progress_code (id, platform, number, application_id, code_hash, address, tries, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
    /// How many codes were asked for lately.
    PROGRESS_LATELY = "SELECT COUNT(CASE WHEN number = $2 THEN 1 END), COUNT(CASE WHEN address = $3 THEN 1 END) FROM progress_code \
        WHERE platform = $1 AND created_at > $4 AND (number = $2 OR address = $3)";
    /// Counts a try on the latest code of a number before it is compared; no row comes back when there is none or its tries are used up.
    TRY_PROGRESS = "UPDATE progress_code SET tries = tries + 1 WHERE id = (SELECT id FROM progress_code WHERE platform = $1 AND number = $2 \
        AND expires_at > $3 ORDER BY created_at DESC, id DESC LIMIT 1) AND tries < $4 RETURNING application_id, code_hash";
    /// Sets an unlock's code, with new tries.
    SET_UNLOCK = "INSERT INTO unlock_code (application_id, platform, code_hash, tries, expires_at, issued_by) VALUES ($1, $2, $3, 0, $4, $5) \
        ON CONFLICT (application_id) DO UPDATE SET code_hash = $3, tries = 0, expires_at = $4, issued_by = $5";
    /// Counts a try before the code is compared.
    TRY_UNLOCK = "UPDATE unlock_code SET tries = tries + 1 WHERE application_id = $1 AND tries < $2 AND expires_at > $3 RETURNING code_hash";
    /// Puts a message out.
    POST = "INSERT INTO outbox (id, platform, channel, recipient, kind, text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// The latest messages.
    OUTBOX = "SELECT id, channel, recipient, kind, text, created_at FROM outbox WHERE platform = $1 ORDER BY created_at DESC, id DESC LIMIT 100";
}

/// Writes a code.
///
/// # Errors
/// Those of the database.
pub async fn insert_progress(
    connection: &mut AnyConnection,
    new: &NewProgressCode<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_PROGRESS)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.number)
        .bind(new.application.map(|id| id.as_str().to_owned()))
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
pub async fn progress_lately(
    connection: &mut AnyConnection,
    platform: &str,
    number: &str,
    address: &str,
    since: Timestamp,
) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query(PROGRESS_LATELY)
        .bind(platform)
        .bind(number)
        .bind(address)
        .bind(since.0)
        .fetch_one(connection)
        .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Counts a try on a number's latest code; the application and the hash to compare with, while tries are left.
///
/// # Errors
/// Those of the database.
pub async fn try_progress(
    connection: &mut AnyConnection,
    platform: &str,
    number: &str,
    tries: i64,
    now: Timestamp,
) -> Result<Option<(Option<Id>, Vec<u8>)>, StoreError> {
    let row = sqlx::query(TRY_PROGRESS)
        .bind(platform)
        .bind(number)
        .bind(now.0)
        .bind(tries)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let application: Option<String> = row.try_get(0)?;
        let application = application
            .map(|text| id(text, "progress_code.application_id"))
            .transpose()?;
        Ok((application, row.try_get(1)?))
    })
    .transpose()
}

/// Sets the code of an unlock.
///
/// # Errors
/// Those of the database.
pub async fn set_unlock(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
    code_hash: &[u8; 32],
    by: &Id,
    (now, valid): (Timestamp, Span),
) -> Result<(), StoreError> {
    sqlx::query(SET_UNLOCK)
        .bind(application.as_str())
        .bind(platform)
        .bind(code_hash.to_vec())
        .bind((now + valid).0)
        .bind(by.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts a try on an unlock's code; the hash to compare with, while tries are left.
///
/// # Errors
/// Those of the database.
pub async fn try_unlock(
    connection: &mut AnyConnection,
    application: &Id,
    tries: i64,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(TRY_UNLOCK)
        .bind(application.as_str())
        .bind(tries)
        .bind(now.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Puts a message out, in the transaction of what it tells.
///
/// # Errors
/// Those of the database.
pub async fn post(
    connection: &mut AnyConnection,
    platform: &str,
    message: &Message,
) -> Result<(), StoreError> {
    sqlx::query(POST)
        .bind(message.id.as_str())
        .bind(platform)
        .bind(message.channel.as_str())
        .bind(message.recipient.as_str())
        .bind(message.kind.as_str())
        .bind(message.text.as_str())
        .bind(message.created_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The latest 100 messages of a platform.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn outbox(&self, platform: &str) -> Result<Vec<Message>, StoreError> {
        let rows = sqlx::query(OUTBOX)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Message {
                    id: id(row.try_get(0)?, "outbox.id")?,
                    channel: row.try_get(1)?,
                    recipient: row.try_get(2)?,
                    kind: row.try_get(3)?,
                    text: row.try_get(4)?,
                    created_at: Timestamp(row.try_get(5)?),
                })
            })
            .collect()
    }
}
