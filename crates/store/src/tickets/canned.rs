//! Answers that the desk has written before, by the case that they are for.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A canned answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canned {
    /// Its id.
    pub id: Id,
    /// The case that it is for.
    pub case: String,
    /// The words.
    pub text: String,
}

crate::statements! {
    /// A canned answer.
    INSERT_CANNED = "INSERT INTO canned_answer (id, platform, case_name, text, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// All of them.
    CANNED = "SELECT id, case_name, text FROM canned_answer WHERE platform = $1 AND ended_at IS NULL ORDER BY case_name, written_at LIMIT 500";
    /// Takes one away.
    END_CANNED = "UPDATE canned_answer SET ended_at = $3 WHERE platform = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
}

/// Writes a canned answer.
///
/// # Errors
/// Those of the database.
pub async fn insert_canned(
    connection: &mut AnyConnection,
    platform: &str,
    canned: &Canned,
    by: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_CANNED)
        .bind(canned.id.as_str())
        .bind(platform)
        .bind(canned.case.as_str())
        .bind(canned.text.as_str())
        .bind(by.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a canned answer away; `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn end_canned(
    connection: &mut AnyConnection,
    platform: &str,
    canned: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(END_CANNED)
        .bind(platform)
        .bind(canned.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// The canned answers, at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn canned_answers(&self, platform: &str) -> Result<Vec<Canned>, StoreError> {
        let rows = sqlx::query(CANNED)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Canned {
                    id: id(row.try_get(0)?, "canned_answer.id")?,
                    case: row.try_get(1)?,
                    text: row.try_get(2)?,
                })
            })
            .collect()
    }
}
