//! Papers that lie with a change request or with a forced unbinding. The files themselves are in the object store.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// What a paper lies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With<'a> {
    /// A change request.
    Request(&'a Id),
    /// A forced unbinding.
    Forced(&'a Id),
}

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its id.
    pub id: Id,
    /// What it is, a stable word.
    pub material: String,
    /// Its file's name.
    pub name: String,
    /// Where it lies.
    pub object: String,
    /// In bytes.
    pub size: i64,
    /// By its content.
    pub media_type: String,
    /// When it came.
    pub created_at: Timestamp,
}

crate::statements! {
    /// A new one.
    INSERT = "INSERT INTO paper (id, platform, request_id, forced_id, material, name, object, size, media_type, sha256, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// Those of a request.
    OF_REQUEST = "SELECT id, material, name, object, size, media_type, created_at FROM paper WHERE platform = $1 AND request_id = $2 AND removed_at IS NULL ORDER BY created_at, id LIMIT 50";
    /// Those of a forced unbinding.
    OF_FORCED = "SELECT id, material, name, object, size, media_type, created_at FROM paper WHERE platform = $1 AND forced_id = $2 AND removed_at IS NULL ORDER BY created_at, id LIMIT 50";
    /// Takes one away.
    REMOVE = "UPDATE paper SET removed_at = $3 WHERE platform = $1 AND id = $2 AND removed_at IS NULL RETURNING id";
}

fn read(row: &AnyRow) -> Result<Paper, StoreError> {
    Ok(Paper {
        id: id(row.try_get(0)?, "paper.id")?,
        material: row.try_get(1)?,
        name: row.try_get(2)?,
        object: row.try_get(3)?,
        size: row.try_get(4)?,
        media_type: row.try_get(5)?,
        created_at: Timestamp(row.try_get(6)?),
    })
}

/// Adds a paper.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    with: With<'_>,
    paper: &Paper,
    sha256: &str,
) -> Result<(), StoreError> {
    let (request, forced) = match with {
        With::Request(id) => (Some(id.as_str().to_owned()), None),
        With::Forced(id) => (None, Some(id.as_str().to_owned())),
    };
    sqlx::query(INSERT)
        .bind(paper.id.as_str())
        .bind(platform)
        .bind(request)
        .bind(forced)
        .bind(paper.material.as_str())
        .bind(paper.name.as_str())
        .bind(paper.object.as_str())
        .bind(paper.size)
        .bind(paper.media_type.as_str())
        .bind(sha256)
        .bind(paper.created_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a paper away; `false` when it is gone already.
///
/// # Errors
/// Those of the database.
pub async fn remove(
    connection: &mut AnyConnection,
    platform: &str,
    paper: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(REMOVE)
        .bind(platform)
        .bind(paper.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// The papers that lie with something, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn with(
    connection: &mut AnyConnection,
    platform: &str,
    with: With<'_>,
) -> Result<Vec<Paper>, StoreError> {
    let (statement, id) = match with {
        With::Request(id) => (OF_REQUEST, id),
        With::Forced(id) => (OF_FORCED, id),
    };
    let rows = sqlx::query(statement)
        .bind(platform)
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

impl Store {
    /// The papers that lie with something.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn papers(&self, platform: &str, of: With<'_>) -> Result<Vec<Paper>, StoreError> {
        let mut connection = self.read().acquire().await?;
        with(&mut connection, platform, of).await
    }
}
