//! Deadlines that suppliers set, with the moment at which they are reminded.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub organisation: Id,
    /// Who set it, and is told.
    pub account: Id,
    /// What for.
    pub name: String,
    /// When it is.
    pub at: Timestamp,
    /// When the reminder is due.
    pub remind_at: Timestamp,
    /// When the reminder was given.
    pub reminded_at: Option<Timestamp>,
}

crate::statements! {
    /// A new deadline.
    INSERT = "INSERT INTO deadline (id, platform, organisation_id, account_id, name, at, remind_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// An organisation's, the nearest first.
    OF_ORGANISATION = "SELECT id, organisation_id, account_id, name, at, remind_at, reminded_at FROM deadline \
        WHERE platform = $1 AND organisation_id = $2 AND ended_at IS NULL ORDER BY at, id LIMIT 200";
    /// One that still stands.
    BY_ID = "SELECT id, organisation_id, account_id, name, at, remind_at, reminded_at FROM deadline \
        WHERE platform = $1 AND id = $2 AND ended_at IS NULL";
    /// Notes that the reminder was given.
    REMINDED = "UPDATE deadline SET reminded_at = $3 WHERE platform = $1 AND id = $2";
    /// Takes a deadline back.
    END = "UPDATE deadline SET ended_at = $4 WHERE platform = $1 AND organisation_id = $2 AND id = $3 AND ended_at IS NULL RETURNING id";
}

fn deadline(row: &AnyRow) -> Result<Deadline, StoreError> {
    Ok(Deadline {
        id: id(row.try_get(0)?, "deadline.id")?,
        organisation: id(row.try_get(1)?, "deadline.organisation_id")?,
        account: id(row.try_get(2)?, "deadline.account_id")?,
        name: row.try_get(3)?,
        at: Timestamp(row.try_get(4)?),
        remind_at: Timestamp(row.try_get(5)?),
        reminded_at: row.try_get::<Option<i64>, _>(6)?.map(Timestamp),
    })
}

/// Writes a deadline.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Deadline,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.organisation.as_str())
        .bind(new.account.as_str())
        .bind(new.name.as_str())
        .bind(new.at.0)
        .bind(new.remind_at.0)
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// A deadline that still stands, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn by_id(
    connection: &mut AnyConnection,
    platform: &str,
    id: &str,
) -> Result<Option<Deadline>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(platform)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.map(|row| deadline(&row)).transpose()
}

/// Notes that the reminder was given.
///
/// # Errors
/// Those of the database.
pub async fn reminded(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(REMINDED)
        .bind(platform)
        .bind(id.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a deadline back; `false` when the organisation has none of this id.
///
/// # Errors
/// Those of the database.
pub async fn end(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    id: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(END)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(id.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// An organisation's deadlines, the nearest first, at most 200.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn deadlines(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Deadline>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(deadline).collect()
    }
}
