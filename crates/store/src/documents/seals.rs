//! The seals of an organisation, each with the picture that was drawn for it once.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A seal in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Its id.
    pub id: Id,
    /// Its name, such as 公章.
    pub name: String,
    /// What kind of seal it is, a stable word.
    pub kind: String,
    /// Width in millimetres.
    pub width_mm: i64,
    /// Height in millimetres.
    pub height_mm: i64,
    /// The drawing as JSON.
    pub picture: String,
}

crate::statements! {
    /// Waits for others that set up the same organisation's seals.
    LOCK_ORGANISATION = "UPDATE organisation SET name = name WHERE platform = $1 AND id = $2 RETURNING id";
    /// A new seal.
    INSERT = "INSERT INTO seal (id, platform, organisation_id, name, kind, width_mm, height_mm, picture, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// The seals of an organisation, in the order of their making; of two made at once, the official one first.
    OF_ORGANISATION = "SELECT id, name, kind, width_mm, height_mm, picture FROM seal \
        WHERE platform = $1 AND organisation_id = $2 AND ended_at IS NULL ORDER BY created_at, kind DESC, id";
    /// One of them.
    BY_ID = "SELECT id, name, kind, width_mm, height_mm, picture FROM seal \
        WHERE platform = $1 AND organisation_id = $2 AND id = $3 AND ended_at IS NULL";
}

/// Writes an organisation's first seals and returns those that it has then: somebody else's where they came first.
///
/// # Errors
/// Those of the database.
pub async fn set_up(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    seals: &[Seal],
    at: Timestamp,
) -> Result<Vec<Seal>, StoreError> {
    sqlx::query(LOCK_ORGANISATION)
        .bind(platform)
        .bind(organisation.as_str())
        .execute(&mut *connection)
        .await?;
    let present = of_organisation(&mut *connection, platform, organisation).await?;
    if !present.is_empty() {
        return Ok(present);
    }
    for seal in seals {
        sqlx::query(INSERT)
            .bind(seal.id.as_str())
            .bind(platform)
            .bind(organisation.as_str())
            .bind(seal.name.as_str())
            .bind(seal.kind.as_str())
            .bind(seal.width_mm)
            .bind(seal.height_mm)
            .bind(seal.picture.as_str())
            .bind(at.0)
            .execute(&mut *connection)
            .await?;
    }
    of_organisation(connection, platform, organisation).await
}

async fn of_organisation(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
) -> Result<Vec<Seal>, StoreError> {
    let rows = sqlx::query(OF_ORGANISATION)
        .bind(platform)
        .bind(organisation.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

impl Store {
    /// The seals of an organisation.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seals(&self, platform: &str, organisation: &Id) -> Result<Vec<Seal>, StoreError> {
        let mut connection = self.read().acquire().await?;
        of_organisation(&mut connection, platform, organisation).await
    }

    /// One of an organisation's seals.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal(
        &self,
        platform: &str,
        organisation: &Id,
        seal: &Id,
    ) -> Result<Option<Seal>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(seal.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Seal, StoreError> {
    Ok(Seal {
        id: id(row.try_get(0)?, "seal.id")?,
        name: row.try_get(1)?,
        kind: row.try_get(2)?,
        width_mm: row.try_get(3)?,
        height_mm: row.try_get(4)?,
        picture: row.try_get(5)?,
    })
}
