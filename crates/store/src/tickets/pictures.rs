//! Screenshots on a ticket; their bytes lie in the object store.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A picture on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// By its content.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Hex.
    pub sha256: String,
    /// Its object.
    pub object: String,
    /// When.
    pub at: Timestamp,
}

crate::statements! {
    /// A picture.
    INSERT_PICTURE = "INSERT INTO ticket_picture (id, platform, ticket_id, name, media_type, size, sha256, object, at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// How many pictures there are.
    COUNT_PICTURES = "SELECT COUNT(*) FROM ticket_picture WHERE platform = $1 AND ticket_id = $2";
    /// All pictures, in order.
    PICTURES = "SELECT id, name, media_type, size, sha256, object, at FROM ticket_picture WHERE platform = $1 AND ticket_id = $2 ORDER BY at, id";
}

/// How many pictures a ticket has.
///
/// # Errors
/// Those of the database.
pub async fn picture_count(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
) -> Result<i64, StoreError> {
    super::number(connection, COUNT_PICTURES, platform, ticket.as_str()).await
}

/// Adds a picture.
///
/// # Errors
/// Those of the database.
pub async fn insert_picture(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
    picture: &Picture,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_PICTURE)
        .bind(picture.id.as_str())
        .bind(platform)
        .bind(ticket.as_str())
        .bind(picture.name.as_str())
        .bind(picture.media_type.as_str())
        .bind(picture.size)
        .bind(picture.sha256.as_str())
        .bind(picture.object.as_str())
        .bind(picture.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The pictures of a ticket, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_pictures(
        &self,
        platform: &str,
        ticket: &Id,
    ) -> Result<Vec<Picture>, StoreError> {
        let rows = sqlx::query(PICTURES)
            .bind(platform)
            .bind(ticket.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Picture {
                    id: id(row.try_get(0)?, "ticket_picture.id")?,
                    name: row.try_get(1)?,
                    media_type: row.try_get(2)?,
                    size: row.try_get(3)?,
                    sha256: row.try_get(4)?,
                    object: row.try_get(5)?,
                    at: Timestamp(row.try_get(6)?),
                })
            })
            .collect()
    }
}
