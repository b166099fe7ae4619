//! Sealings: a revision prepared on a document, until it is signed, lapses or is undone. All that a server
//! needs to complete one stands in these rows, so that any server can.

use domain::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A sealing as its row says.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealing {
    /// Its id.
    pub id: Id,
    /// The document.
    pub document: Id,
    /// The account that seals.
    pub account: Id,
    /// The seal.
    pub seal: Id,
    /// The seal's name.
    pub seal_name: String,
    /// `prepared`, `completed` or `undone`.
    pub state: String,
    /// Page, from 1.
    pub page: i64,
    /// From the left edge of the displayed page, in micrometres.
    pub x_um: i64,
    /// From the top edge of the displayed page, in micrometres.
    pub y_um: i64,
    /// Every place; empty in rows from before there were several.
    pub places: Vec<Place>,
    /// Whether nothing may be put on the document after it.
    pub last: bool,
    /// What the signer noted.
    pub note: Option<String>,
    /// The intent's exact JSON.
    pub intent: String,
    /// The object that it was prepared on.
    pub base_object: String,
    /// Its length.
    pub base_size: i64,
    /// Its SHA-256, hex.
    pub base_sha256: String,
    /// The key that signed.
    pub key_number: Option<String>,
    /// The signer's certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// `picked`, `previewed` or `remote`.
    pub grade: Option<String>,
    /// The object that holds the sealed revision.
    pub result_object: Option<String>,
    /// When it was prepared.
    pub created_at: Timestamp,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
}

/// A new sealing.
#[derive(Clone, Debug)]
pub struct NewSealing<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The document.
    pub document: &'a Id,
    /// The account.
    pub account: &'a Id,
    /// The seals, each once, the first one first.
    pub seals: &'a [Id],
    /// Where they stand; not empty.
    pub places: &'a [Place],
    /// Whether nothing may be put on the document after it.
    pub last: bool,
    /// What the signer noted.
    pub note: Option<&'a str>,
    /// The intent's exact JSON.
    pub intent: &'a str,
    /// What it was prepared on.
    pub base: super::Revision<'a>,
    /// One for each family of keys.
    pub variants: &'a [Variant],
    /// Now.
    pub at: Timestamp,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
}

/// A seal or a strip of one on a page as displayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The seal's id.
    pub seal: String,
    /// Page, from 1.
    pub page: u32,
    /// Left, top, width and height in micrometres, from the page's top left corner.
    pub um: [i64; 4],
    /// Left, top, width and height of what is seen, as shares of the picture; `None` for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<[f64; 4]>,
}

/// The appended bytes for one family of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// `sm2`, `rsa` or `p256`.
    pub family: String,
    /// The PDF's SubFilter.
    pub sub_filter: String,
    /// `sm3` or `sha256`.
    pub hash: String,
    /// Digest over the ByteRange.
    pub digest: Vec<u8>,
    /// The appended bytes, Contents empty.
    pub tail: Vec<u8>,
    /// Length of what they are appended to.
    pub original_length: i64,
}

/// What completion adds.
#[derive(Clone, Copy, Debug)]
pub struct Completion<'a> {
    /// The key that signed.
    pub key_number: &'a str,
    /// Its certificate, DER.
    pub certificate: &'a [u8],
    /// The signed grade.
    pub grade: &'a str,
    /// Where the sealed revision lies.
    pub object: &'a str,
    /// Now.
    pub at: Timestamp,
}

macro_rules! select {
    () => {
        "SELECT g.id, g.document_id, g.account_id, g.seal_id, s.name, g.state, g.page, g.x_um, g.y_um, g.intent, g.base_object, \
         g.base_size, g.base_sha256, g.key_number, g.certificate, g.grade, g.result_object, g.created_at, g.expires_at, g.completed_at, \
         g.places, g.last_seal, g.note \
         FROM sealing g JOIN seal s ON s.id = g.seal_id"
    };
}

crate::statements! {
    /// A prepared sealing.
    INSERT = "INSERT INTO sealing (id, platform, document_id, account_id, seal_id, state, page, x_um, y_um, intent, base_object, \
        base_size, base_sha256, created_at, expires_at, places, last_seal, note) VALUES ($1, $2, $3, $4, $5, 'prepared', $6, $7, $8, $9, $10, $11, $12, $13, $14, \
        $15, $16, $17)";
    /// One of its variants.
    INSERT_VARIANT = "INSERT INTO sealing_variant (sealing_id, platform, family, sub_filter, hash, digest, tail, original_length) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// One of the seals that it puts on.
    INSERT_SEAL = "INSERT INTO sealing_seal (platform, sealing_id, seal_id, position) VALUES ($1, $2, $3, $4)";
    /// A sealing.
    BY_ID = concat!(select!(), " WHERE g.platform = $1 AND g.id = $2");
    /// Its variants.
    VARIANTS = "SELECT family, sub_filter, hash, digest, tail, original_length FROM sealing_variant \
        WHERE platform = $1 AND sealing_id = $2 ORDER BY family";
    /// The completed sealings of a document, in order.
    OF_DOCUMENT = concat!(select!(), " WHERE g.platform = $1 AND g.document_id = $2 AND g.state = 'completed' ORDER BY g.completed_at, g.id");
    /// Completes a prepared sealing in its time; no row otherwise.
    COMPLETE = "UPDATE sealing SET state = 'completed', key_number = $3, certificate = $4, grade = $5, result_object = $6, completed_at = $7 \
        WHERE platform = $1 AND id = $2 AND state = 'prepared' AND expires_at > $7 RETURNING id";
    /// Undoes a completed sealing.
    UNDO = "UPDATE sealing SET state = 'undone', undone_at = $3 WHERE platform = $1 AND id = $2 AND state = 'completed' RETURNING id";
    /// Forgets the appended bytes of a sealing.
    DROP_VARIANTS = "DELETE FROM sealing_variant WHERE platform = $1 AND sealing_id = $2";
    /// Forgets those of a document's sealings that lapsed.
    DROP_LAPSED = "DELETE FROM sealing_variant WHERE platform = $1 AND sealing_id IN \
        (SELECT id FROM sealing WHERE platform = $1 AND document_id = $2 AND state = 'prepared' AND expires_at <= $3)";
}

/// Writes a prepared sealing with its variants, and forgets the document's lapsed ones.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewSealing<'_>,
) -> Result<(), StoreError> {
    sqlx::query(DROP_LAPSED)
        .bind(new.platform)
        .bind(new.document.as_str())
        .bind(new.at.0)
        .execute(&mut *connection)
        .await?;
    let (Some(seal), Some(place)) = (new.seals.first(), new.places.first()) else {
        return Err(StoreError::Impossible("sealing.places"));
    };
    let places =
        serde_json::to_string(new.places).map_err(|_| StoreError::Impossible("sealing.places"))?;
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.document.as_str())
        .bind(new.account.as_str())
        .bind(seal.as_str())
        .bind(i64::from(place.page))
        .bind(place.um[0])
        .bind(place.um[1])
        .bind(new.intent)
        .bind(new.base.object)
        .bind(new.base.size)
        .bind(new.base.sha256)
        .bind(new.at.0)
        .bind(new.expires_at.0)
        .bind(places)
        .bind(i64::from(new.last))
        .bind(new.note)
        .execute(&mut *connection)
        .await?;
    for (position, seal) in new.seals.iter().enumerate() {
        sqlx::query(INSERT_SEAL)
            .bind(new.platform)
            .bind(new.id.as_str())
            .bind(seal.as_str())
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    for variant in new.variants {
        sqlx::query(INSERT_VARIANT)
            .bind(new.id.as_str())
            .bind(new.platform)
            .bind(variant.family.as_str())
            .bind(variant.sub_filter.as_str())
            .bind(variant.hash.as_str())
            .bind(variant.digest.clone())
            .bind(variant.tail.clone())
            .bind(variant.original_length)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Marks a sealing as completed and forgets its variants; `false` when it is not open any more.
///
/// # Errors
/// Those of the database.
pub async fn complete(
    connection: &mut AnyConnection,
    platform: &str,
    sealing: &Id,
    completion: Completion<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(COMPLETE)
        .bind(platform)
        .bind(sealing.as_str())
        .bind(completion.key_number)
        .bind(completion.certificate.to_vec())
        .bind(completion.grade)
        .bind(completion.object)
        .bind(completion.at.0)
        .fetch_optional(&mut *connection)
        .await?;
    sqlx::query(DROP_VARIANTS)
        .bind(platform)
        .bind(sealing.as_str())
        .execute(connection)
        .await?;
    Ok(row.is_some())
}

/// Marks a completed sealing as undone; `false` when it is not completed.
///
/// # Errors
/// Those of the database.
pub async fn undo(
    connection: &mut AnyConnection,
    platform: &str,
    sealing: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(UNDO)
        .bind(platform)
        .bind(sealing.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// The completed sealings of a document, in order.
///
/// # Errors
/// Those of the database.
pub async fn of_document(
    connection: &mut AnyConnection,
    platform: &str,
    document: &Id,
) -> Result<Vec<Sealing>, StoreError> {
    let rows = sqlx::query(OF_DOCUMENT)
        .bind(platform)
        .bind(document.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

impl Store {
    /// A sealing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sealing(
        &self,
        platform: &str,
        sealing: &Id,
    ) -> Result<Option<Sealing>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(sealing.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The variants of a sealing that is still open.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sealing_variants(
        &self,
        platform: &str,
        sealing: &Id,
    ) -> Result<Vec<Variant>, StoreError> {
        let rows = sqlx::query(VARIANTS)
            .bind(platform)
            .bind(sealing.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Variant {
                    family: row.try_get(0)?,
                    sub_filter: row.try_get(1)?,
                    hash: row.try_get(2)?,
                    digest: row.try_get(3)?,
                    tail: row.try_get(4)?,
                    original_length: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// The completed sealings of a document, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sealings_of(
        &self,
        platform: &str,
        document: &Id,
    ) -> Result<Vec<Sealing>, StoreError> {
        let mut connection = self.read().acquire().await?;
        of_document(&mut connection, platform, document).await
    }
}

fn read(row: &AnyRow) -> Result<Sealing, StoreError> {
    Ok(Sealing {
        id: id(row.try_get(0)?, "sealing.id")?,
        document: id(row.try_get(1)?, "sealing.document_id")?,
        account: id(row.try_get(2)?, "sealing.account_id")?,
        seal: id(row.try_get(3)?, "sealing.seal_id")?,
        seal_name: row.try_get(4)?,
        state: row.try_get(5)?,
        page: row.try_get(6)?,
        x_um: row.try_get(7)?,
        y_um: row.try_get(8)?,
        intent: row.try_get(9)?,
        base_object: row.try_get(10)?,
        base_size: row.try_get(11)?,
        base_sha256: row.try_get(12)?,
        key_number: row.try_get(13)?,
        certificate: row.try_get(14)?,
        grade: row.try_get(15)?,
        result_object: row.try_get(16)?,
        created_at: Timestamp(row.try_get(17)?),
        expires_at: Timestamp(row.try_get(18)?),
        completed_at: row.try_get::<Option<i64>, _>(19)?.map(Timestamp),
        places: match row.try_get::<Option<String>, _>(20)? {
            Some(places) => serde_json::from_str(&places)
                .map_err(|_| StoreError::Impossible("sealing.places"))?,
            None => Vec::new(),
        },
        last: row.try_get::<i64, _>(21)? != 0,
        note: row.try_get(22)?,
    })
}
