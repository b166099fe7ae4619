//! Materials of an application, and its invoice: what lies in the object store, by row.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// Its id.
    pub id: Id,
    /// Which paper it is, by the provider's file.
    pub material: String,
    /// The file's name.
    pub name: String,
    /// Where it lies.
    pub object: String,
    /// Bytes.
    pub size: i64,
    /// By content, not by name.
    pub media_type: String,
    /// Pages of a PDF.
    pub pages: Option<i64>,
    /// Hex.
    pub sha256: String,
    /// A reviewer's mark.
    pub mark: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
}

/// An invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// 发票号码.
    pub number: String,
    /// Where it lies.
    pub object: String,
    /// PDF, OFD.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Hex.
    pub sha256: String,
    /// When it was issued.
    pub issued_at: Timestamp,
}

crate::statements! {
    /// A new material.
    INSERT = "INSERT INTO application_material (id, platform, application_id, material, name, object, size, media_type, pages, sha256, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// An application's, in the order in which they came.
    OF_APPLICATION = "SELECT id, material, name, object, size, media_type, pages, sha256, mark, created_at FROM application_material \
        WHERE platform = $1 AND application_id = $2 AND removed_at IS NULL ORDER BY created_at, id";
    /// How many of one paper there are.
    COUNT = "SELECT COUNT(*) FROM application_material WHERE application_id = $1 AND material = $2 AND removed_at IS NULL";
    /// Takes one away; its object stays until nothing names it.
    REMOVE = "UPDATE application_material SET removed_at = $4 WHERE platform = $1 AND application_id = $2 AND id = $3 AND removed_at IS NULL RETURNING object";
    /// Marks all of one paper.
    MARK = "UPDATE application_material SET mark = $3 WHERE application_id = $1 AND material = $2 AND removed_at IS NULL";
    /// Takes all marks away.
    UNMARK = "UPDATE application_material SET mark = NULL WHERE application_id = $1 AND mark IS NOT NULL";
    /// Writes an invoice; an application has one.
    INSERT_INVOICE = "INSERT INTO invoice (application_id, platform, number, object, media_type, size, sha256, issued_by, issued_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING application_id";
    /// An application's invoice.
    INVOICE = "SELECT number, object, media_type, size, sha256, issued_at FROM invoice WHERE platform = $1 AND application_id = $2";
}

fn material(row: &AnyRow) -> Result<Material, StoreError> {
    Ok(Material {
        id: id(row.try_get(0)?, "application_material.id")?,
        material: row.try_get(1)?,
        name: row.try_get(2)?,
        object: row.try_get(3)?,
        size: row.try_get(4)?,
        media_type: row.try_get(5)?,
        pages: row.try_get(6)?,
        sha256: row.try_get(7)?,
        mark: row.try_get(8)?,
        created_at: Timestamp(row.try_get(9)?),
    })
}

/// Writes a material.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
    new: &Material,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(application.as_str())
        .bind(new.material.as_str())
        .bind(new.name.as_str())
        .bind(new.object.as_str())
        .bind(new.size)
        .bind(new.media_type.as_str())
        .bind(new.pages)
        .bind(new.sha256.as_str())
        .bind(new.created_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// How many files of one paper an application has.
///
/// # Errors
/// Those of the database.
pub async fn count(
    connection: &mut AnyConnection,
    application: &Id,
    material: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(COUNT)
        .bind(application.as_str())
        .bind(material)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// An application's materials, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn of_application(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
) -> Result<Vec<Material>, StoreError> {
    let rows = sqlx::query(OF_APPLICATION)
        .bind(platform)
        .bind(application.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(material).collect()
}

/// Takes a material away; its object, where there was one.
///
/// # Errors
/// Those of the database.
pub async fn remove(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
    material: &Id,
    at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(REMOVE)
        .bind(platform)
        .bind(application.as_str())
        .bind(material.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Takes all marks away, then marks papers.
///
/// # Errors
/// Those of the database.
pub async fn mark<'m>(
    connection: &mut AnyConnection,
    application: &Id,
    marks: impl Iterator<Item = (&'m str, &'m str)>,
) -> Result<(), StoreError> {
    sqlx::query(UNMARK)
        .bind(application.as_str())
        .execute(&mut *connection)
        .await?;
    for (material, note) in marks {
        sqlx::query(MARK)
            .bind(application.as_str())
            .bind(material)
            .bind(note)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Writes an invoice; `false` when the application has one, or its number is another's.
///
/// # Errors
/// Those of the database.
pub async fn insert_invoice(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
    new: &Invoice,
    by: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_INVOICE)
        .bind(application.as_str())
        .bind(platform)
        .bind(new.number.as_str())
        .bind(new.object.as_str())
        .bind(new.media_type.as_str())
        .bind(new.size)
        .bind(new.sha256.as_str())
        .bind(by.as_str())
        .bind(new.issued_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// An application's materials.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn materials_of(
        &self,
        platform: &str,
        application: &Id,
    ) -> Result<Vec<Material>, StoreError> {
        let rows = sqlx::query(OF_APPLICATION)
            .bind(platform)
            .bind(application.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(material).collect()
    }

    /// An application's invoice.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn invoice_of(
        &self,
        platform: &str,
        application: &Id,
    ) -> Result<Option<Invoice>, StoreError> {
        let row = sqlx::query(INVOICE)
            .bind(platform)
            .bind(application.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(Invoice {
                number: row.try_get(0)?,
                object: row.try_get(1)?,
                media_type: row.try_get(2)?,
                size: row.try_get(3)?,
                sha256: row.try_get(4)?,
                issued_at: Timestamp(row.try_get(5)?),
            })
        })
        .transpose()
    }
}
