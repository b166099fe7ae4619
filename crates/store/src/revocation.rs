//! What was learned about revocation: the last good answer for a certificate, and fetched lists.

use domain::Timestamp;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// The last good answer for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodAnswer {
    /// When it was given.
    pub at: Timestamp,
}

crate::statements! {
    /// Keeps a good answer; the newer one stays.
    KEEP = "INSERT INTO revocation_answer (certificate_sha256, platform, good_at, next_update, crl_sha256) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (certificate_sha256) DO UPDATE SET good_at = excluded.good_at, next_update = excluded.next_update, \
        crl_sha256 = excluded.crl_sha256 WHERE revocation_answer.good_at < excluded.good_at";
    /// The last good answer.
    LAST_GOOD = "SELECT good_at FROM revocation_answer WHERE certificate_sha256 = $1";
    /// Forgets good answers once the certificate is known to be revoked.
    FORGET = "DELETE FROM revocation_answer WHERE certificate_sha256 = $1";
    /// A fetched body.
    EVIDENCE = "SELECT body, fetched_at FROM evidence WHERE url = $1";
    /// Keeps a fetched body; the newer one stays.
    KEEP_EVIDENCE = "INSERT INTO evidence (url, platform, body, fetched_at) VALUES ($1, '-', $2, $3) \
        ON CONFLICT (url) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at";
}

/// Keeps a good answer, with the list that it came from (SHA-256 in hex).
///
/// # Errors
/// Those of the database.
pub async fn keep_good(
    connection: &mut AnyConnection,
    platform: &str,
    certificate_sha256: &str,
    at: Timestamp,
    next_update: Option<Timestamp>,
    crl_sha256: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(KEEP)
        .bind(certificate_sha256)
        .bind(platform)
        .bind(at.0)
        .bind(next_update.map(|time| time.0))
        .bind(crl_sha256.map(str::to_owned))
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets the good answer of a certificate that is revoked.
///
/// # Errors
/// Those of the database.
pub async fn forget_good(
    connection: &mut AnyConnection,
    certificate_sha256: &str,
) -> Result<(), StoreError> {
    sqlx::query(FORGET)
        .bind(certificate_sha256)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The last good answer for a certificate, by its SHA-256 in hex.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_good_answer(
        &self,
        certificate_sha256: &str,
    ) -> Result<Option<GoodAnswer>, StoreError> {
        let row = sqlx::query(LAST_GOOD)
            .bind(certificate_sha256)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(GoodAnswer {
                at: Timestamp(row.try_get(0)?),
            })
        })
        .transpose()
    }

    /// What was last fetched from an address, and when.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn evidence(&self, url: &str) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        let row = sqlx::query(EVIDENCE)
            .bind(url)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok((row.try_get(0)?, Timestamp(row.try_get(1)?))))
            .transpose()
    }

    /// Keeps what was fetched from an address.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_evidence(
        &self,
        url: &str,
        body: &[u8],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(KEEP_EVIDENCE)
            .bind(url)
            .bind(body.to_vec())
            .bind(at.0)
            .execute(&self.pools.write)
            .await?;
        Ok(())
    }
}
