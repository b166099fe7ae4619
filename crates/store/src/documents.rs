//! Documents, the seals of organisations, and what is prepared, completed or undone on a document. The files
//! themselves lie in the object store; each revision is an object of its own, written once.

pub mod sealings;
pub mod verifications;

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A document as its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: Id,
    /// The organisation that it belongs to.
    pub organisation: Id,
    /// The account that uploaded it.
    pub account: Id,
    /// Its file name.
    pub name: String,
    /// `pdf` or `ofd`.
    pub format: String,
    /// `draft`, `sealed` or `published`.
    pub state: String,
    /// The current revision's object.
    pub object: String,
    /// The current revision's length in bytes.
    pub size: i64,
    /// SHA-256 of the current revision, hex.
    pub sha256: String,
    /// The pages as JSON: `[{number, width_pt, height_pt, rotation}]`.
    pub pages: String,
    /// How many pages.
    pub page_count: i64,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
}

/// A new document.
#[derive(Clone, Debug)]
pub struct NewDocument<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// The account that uploads it.
    pub account: &'a Id,
    /// Its file name.
    pub name: &'a str,
    /// `pdf` or `ofd`.
    pub format: &'a str,
    /// The uploaded revision.
    pub revision: Revision<'a>,
    /// The pages as JSON.
    pub pages: &'a str,
    /// How many pages.
    pub page_count: i64,
    /// Now.
    pub at: Timestamp,
}

/// A revision of a document: one object, never changed.
#[derive(Clone, Copy, Debug)]
pub struct Revision<'a> {
    /// The object's path in the store.
    pub object: &'a str,
    /// Its length in bytes.
    pub size: i64,
    /// SHA-256 in hex.
    pub sha256: &'a str,
}

macro_rules! columns {
    () => {
        "id, organisation_id, account_id, name, state, object, size, sha256, pages, page_count, created_at, updated_at, published_at, format"
    };
}

crate::statements! {
    /// A new draft.
    INSERT = "INSERT INTO document (id, platform, organisation_id, account_id, name, state, object, size, sha256, pages, page_count, \
        version, created_at, updated_at, format) VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $10, 1, $11, $11, $12)";
    /// One of an organisation's documents.
    BY_ID = concat!("SELECT ", columns!(), " FROM document WHERE platform = $1 AND organisation_id = $2 AND id = $3 \
        AND deleted_at IS NULL");
    /// Locks a document for the rest of the transaction and reads it.
    LOCK = concat!("UPDATE document SET version = version + 1 WHERE platform = $1 AND organisation_id = $2 AND id = $3 \
        AND deleted_at IS NULL RETURNING ", columns!());
    /// A page of an organisation's documents, newest first.
    LIST = concat!("SELECT ", columns!(), " FROM document WHERE platform = $1 AND organisation_id = $2 AND deleted_at IS NULL \
        ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4");
    /// How many there are.
    COUNT = "SELECT COUNT(*) FROM document WHERE platform = $1 AND organisation_id = $2 AND deleted_at IS NULL";
    /// Puts another revision in the place of the one that it was made on; no row when that one is not current any more.
    REVISE = "UPDATE document SET object = $4, size = $5, sha256 = $6, state = $7, updated_at = $8 \
        WHERE platform = $1 AND id = $2 AND object = $3 AND state <> 'published' AND deleted_at IS NULL RETURNING id";
    /// Publishes a sealed document.
    PUBLISH = "UPDATE document SET state = 'published', published_at = $3, updated_at = $3 \
        WHERE platform = $1 AND id = $2 AND state = 'sealed' AND deleted_at IS NULL RETURNING id";
    /// Deletes a draft.
    DELETE = "UPDATE document SET deleted_at = $3, updated_at = $3 \
        WHERE platform = $1 AND id = $2 AND state = 'draft' AND deleted_at IS NULL RETURNING id";
}

/// Writes a draft.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewDocument<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(new.account.as_str())
        .bind(new.name)
        .bind(new.revision.object)
        .bind(new.revision.size)
        .bind(new.revision.sha256)
        .bind(new.pages)
        .bind(new.page_count)
        .bind(new.at.0)
        .bind(new.format)
        .execute(connection)
        .await?;
    Ok(())
}

/// Reads a document and keeps others from changing it until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    document: &Id,
) -> Result<Option<Document>, StoreError> {
    let row = sqlx::query(LOCK)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(document.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// Puts a revision in the place of the one whose object is `base`; `false` when that one is not current.
///
/// # Errors
/// Those of the database.
pub async fn revise(
    connection: &mut AnyConnection,
    platform: &str,
    document: &Id,
    base: &str,
    revision: Revision<'_>,
    state: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(REVISE)
        .bind(platform)
        .bind(document.as_str())
        .bind(base)
        .bind(revision.object)
        .bind(revision.size)
        .bind(revision.sha256)
        .bind(state)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Publishes a sealed document; `false` when it is not sealed.
///
/// # Errors
/// Those of the database.
pub async fn publish(
    connection: &mut AnyConnection,
    platform: &str,
    document: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    set_time(connection, PUBLISH, platform, document, at).await
}

/// Deletes a draft; `false` when it is none.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    connection: &mut AnyConnection,
    platform: &str,
    document: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    set_time(connection, DELETE, platform, document, at).await
}

async fn set_time(
    connection: &mut AnyConnection,
    statement: &'static str,
    platform: &str,
    document: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(statement)
        .bind(platform)
        .bind(document.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// One of an organisation's documents.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn document(
        &self,
        platform: &str,
        organisation: &Id,
        document: &Id,
    ) -> Result<Option<Document>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(document.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// A page of an organisation's documents, newest first, and how many there are in all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn documents(
        &self,
        platform: &str,
        organisation: &Id,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Document>, i64), StoreError> {
        let rows = sqlx::query(LIST)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(limit)
            .bind(offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(COUNT)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total))
    }
}

fn read(row: &AnyRow) -> Result<Document, StoreError> {
    Ok(Document {
        id: id(row.try_get(0)?, "document.id")?,
        organisation: id(row.try_get(1)?, "document.organisation_id")?,
        account: id(row.try_get(2)?, "document.account_id")?,
        name: row.try_get(3)?,
        state: row.try_get(4)?,
        object: row.try_get(5)?,
        size: row.try_get(6)?,
        sha256: row.try_get(7)?,
        pages: row.try_get(8)?,
        page_count: row.try_get(9)?,
        created_at: Timestamp(row.try_get(10)?),
        updated_at: Timestamp(row.try_get(11)?),
        published_at: row.try_get::<Option<i64>, _>(12)?.map(Timestamp),
        format: row.try_get(13)?,
    })
}
