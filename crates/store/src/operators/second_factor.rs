//! The second factor of staff: one-time passwords and keys.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A one-time password that was set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// Its secret, sealed under the installation's key.
    pub secret: Vec<u8>,
    /// When the first code was shown.
    pub confirmed_at: Option<Timestamp>,
    /// The step that was used last.
    pub last_step: i64,
    /// Wrong codes in a row.
    pub failures: i64,
    /// When the last wrong one came.
    pub failed_at: Option<Timestamp>,
}

/// A key that serves as a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorKey {
    /// Its id.
    pub id: Id,
    /// Its provider.
    pub provider: String,
    /// Its number.
    pub key_number: String,
    /// Who holds it.
    pub holder: String,
    /// When it was added.
    pub added_at: Timestamp,
}

/// A new key.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Whose.
    pub operator: &'a Id,
    /// Its provider.
    pub provider: &'a str,
    /// Its number.
    pub key_number: &'a str,
    /// Who holds it, by its certificate.
    pub holder: &'a str,
    /// Now.
    pub at: Timestamp,
}

crate::statements! {
    /// A secret, in the place of one that was never confirmed; no row comes back when one was.
    BEGIN = "INSERT INTO operator_totp (operator_id, platform, secret, last_step, failures, created_at) VALUES ($1, $2, $3, 0, 0, $4) \
        ON CONFLICT (operator_id) DO UPDATE SET secret = $3, last_step = 0, failures = 0, created_at = $4 \
        WHERE operator_totp.confirmed_at IS NULL RETURNING operator_id";
    /// An operator's.
    OF = "SELECT secret, confirmed_at, last_step, failures, failed_at FROM operator_totp WHERE platform = $1 AND operator_id = $2";
    /// A code of a later step than any before; no row comes back when the step was used.
    ACCEPT = "UPDATE operator_totp SET last_step = $3, failures = 0, confirmed_at = COALESCE(confirmed_at, $4) \
        WHERE platform = $1 AND operator_id = $2 AND last_step < $3 RETURNING operator_id";
    /// A wrong code.
    FAIL = "UPDATE operator_totp SET failures = failures + 1, failed_at = $3 WHERE platform = $1 AND operator_id = $2";
    /// Takes it away.
    REMOVE = "DELETE FROM operator_totp WHERE platform = $1 AND operator_id = $2";
    /// A key; no row comes back when somebody has it.
    ADD_KEY = "INSERT INTO operator_key (id, platform, operator_id, provider_id, key_number, holder, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (platform, provider_id, key_number) WHERE ended_at IS NULL DO NOTHING RETURNING id";
    /// An operator's keys.
    KEYS = "SELECT id, provider_id, key_number, holder, added_at FROM operator_key WHERE platform = $1 AND operator_id = $2 AND ended_at IS NULL ORDER BY added_at LIMIT 20";
    /// Ends an operator's keys.
    END_KEYS = "UPDATE operator_key SET ended_at = $3 WHERE platform = $1 AND operator_id = $2 AND ended_at IS NULL";
    /// A session in which the second factor was shown.
    SHOWN = "UPDATE operator_session SET second_factor = $2, second_factor_at = $3 WHERE id = $1 AND ended_at IS NULL";
}

/// Begins to set up a one-time password; `false` when there is a confirmed one.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    sealed: &[u8],
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(BEGIN)
        .bind(operator.as_str())
        .bind(platform)
        .bind(sealed.to_vec())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// A right code of a step; `false` when this step or a later one was used.
///
/// # Errors
/// Those of the database.
pub async fn accept(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    step: i64,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(ACCEPT)
        .bind(platform)
        .bind(operator.as_str())
        .bind(step)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// A wrong code.
///
/// # Errors
/// Those of the database.
pub async fn fail(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(FAIL)
        .bind(platform)
        .bind(operator.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes an operator's second factors away, for somebody who lost them.
///
/// # Errors
/// Those of the database.
pub async fn remove(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(REMOVE)
        .bind(platform)
        .bind(operator.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query(END_KEYS)
        .bind(platform)
        .bind(operator.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a key; `false` when somebody has it.
///
/// # Errors
/// Those of the database.
pub async fn add_key(connection: &mut AnyConnection, new: &NewKey<'_>) -> Result<bool, StoreError> {
    let row = sqlx::query(ADD_KEY)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.operator.as_str())
        .bind(new.provider)
        .bind(new.key_number)
        .bind(new.holder)
        .bind(new.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Notes that the second factor was shown in a session: `totp` or `certificate`.
///
/// # Errors
/// Those of the database.
pub async fn shown(
    connection: &mut AnyConnection,
    session: &Id,
    how: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(SHOWN)
        .bind(session.as_str())
        .bind(how)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// An operator's one-time password.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn totp_of(&self, platform: &str, operator: &Id) -> Result<Option<Totp>, StoreError> {
        let row = sqlx::query(OF)
            .bind(platform)
            .bind(operator.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(Totp {
                secret: row.try_get(0)?,
                confirmed_at: row.try_get::<Option<i64>, _>(1)?.map(Timestamp),
                last_step: row.try_get(2)?,
                failures: row.try_get(3)?,
                failed_at: row.try_get::<Option<i64>, _>(4)?.map(Timestamp),
            })
        })
        .transpose()
    }

    /// An operator's keys.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keys_of_operator(
        &self,
        platform: &str,
        operator: &Id,
    ) -> Result<Vec<OperatorKey>, StoreError> {
        let rows = sqlx::query(KEYS)
            .bind(platform)
            .bind(operator.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(OperatorKey {
                    id: id(row.try_get(0)?, "operator_key.id")?,
                    provider: row.try_get(1)?,
                    key_number: row.try_get(2)?,
                    holder: row.try_get(3)?,
                    added_at: Timestamp(row.try_get(4)?),
                })
            })
            .collect()
    }
}
