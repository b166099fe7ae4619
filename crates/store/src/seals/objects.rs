//! Seal objects (SES): each edition that the maker signed, with the certificates that may use the seal.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use super::may_use;
use crate::{Store, StoreError};

/// A seal object as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// 1, 2, …
    pub edition: i64,
    /// DER.
    pub der: Vec<u8>,
    /// SHA-256 in hex over the certificates in it.
    pub users: String,
    /// SHA-256 in hex of the maker's certificate.
    pub maker: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when the seal may be used by it.
    pub not_after: Timestamp,
}

crate::statements! {
    /// The certificates of the keys that may use a seal: those bound to accounts that may, oldest binding first.
    CERTIFICATES = concat!("SELECT b.certificate, b.provider_id FROM binding b JOIN account a ON a.id = b.account_id JOIN seal s ON s.id = $2 \
        WHERE b.platform = $1 AND b.organisation_id = s.organisation_id AND b.ended_at IS NULL AND b.not_after > $3 AND a.state <> 'left' AND ",
        may_use!(), " ORDER BY b.bound_at, b.id LIMIT 256");
    /// The newest edition.
    NEWEST = "SELECT edition, object, users, maker, made_at, not_after FROM seal_object \
        WHERE platform = $1 AND seal_id = $2 AND ses_version = $3 ORDER BY edition DESC LIMIT 1";
    /// No row comes back when another process made this edition.
    INSERT = "INSERT INTO seal_object (seal_id, ses_version, edition, platform, object, users, maker, made_at, not_after) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (seal_id, ses_version, edition) DO NOTHING RETURNING edition";
    /// The editions of a seal, without their bytes.
    EDITIONS = "SELECT ses_version, edition, made_at, not_after FROM seal_object WHERE platform = $1 AND seal_id = $2 ORDER BY made_at DESC, ses_version LIMIT 50";
}

/// An edition in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// 4 or 5.
    pub ses_version: i64,
    /// 1, 2, …
    pub edition: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it counts.
    pub not_after: Timestamp,
}

/// Keeps an edition; `false` when there is one of this number.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    seal: &Id,
    ses_version: i64,
    object: &Object,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(seal.as_str())
        .bind(ses_version)
        .bind(object.edition)
        .bind(platform)
        .bind(object.der.clone())
        .bind(object.users.as_str())
        .bind(object.maker.as_str())
        .bind(object.made_at.0)
        .bind(object.not_after.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// The certificates (DER) that may use a seal, each with its provider.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_certificates(
        &self,
        platform: &str,
        seal: &Id,
        now: Timestamp,
    ) -> Result<Vec<(Vec<u8>, String)>, StoreError> {
        let rows = sqlx::query(CERTIFICATES)
            .bind(platform)
            .bind(seal.as_str())
            .bind(now.0)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// The newest seal object of a version.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_seal_object(
        &self,
        platform: &str,
        seal: &Id,
        ses_version: i64,
    ) -> Result<Option<Object>, StoreError> {
        let row = sqlx::query(NEWEST)
            .bind(platform)
            .bind(seal.as_str())
            .bind(ses_version)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(Object {
                edition: row.try_get(0)?,
                der: row.try_get(1)?,
                users: row.try_get(2)?,
                maker: row.try_get(3)?,
                made_at: Timestamp(row.try_get(4)?),
                not_after: Timestamp(row.try_get(5)?),
            })
        })
        .transpose()
    }

    /// The editions of a seal, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_editions(
        &self,
        platform: &str,
        seal: &Id,
    ) -> Result<Vec<Edition>, StoreError> {
        let rows = sqlx::query(EDITIONS)
            .bind(platform)
            .bind(seal.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Edition {
                    ses_version: row.try_get(0)?,
                    edition: row.try_get(1)?,
                    made_at: Timestamp(row.try_get(2)?),
                    not_after: Timestamp(row.try_get(3)?),
                })
            })
            .collect()
    }
}
