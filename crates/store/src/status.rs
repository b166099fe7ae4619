//! Answers for certificates: statuses, responders, pre-signed answers, lists by shard, and time stamps.

use domain::Timestamp;
use issuer::RevocationRecord;
use issuer::revocation::{ListIntentRecord, ListRecord, Shard};
use issuer::tsa::StampRecord;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// Who answers or stamps for an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A responder (RFC 6960).
    Ocsp,
    /// A time-stamping authority (RFC 3161).
    Tsa,
    /// A maker of seals (GB/T 38540-2020).
    SealMaker,
}

impl Role {
    /// The word in the database, and in the names of keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ocsp => "ocsp",
            Self::Tsa => "tsa",
            Self::SealMaker => "seal_maker",
        }
    }
}

/// The certificate of a responder or a time-stamping authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSigner<'a> {
    /// The authority that it serves, and that issued it.
    pub issuer: &'a str,
    /// What it does.
    pub role: Role,
    /// Lower-case hex.
    pub serial: &'a str,
    /// DER.
    pub certificate: &'a [u8],
    /// The first instant of its validity.
    pub not_before: Timestamp,
    /// The last.
    pub not_after: Timestamp,
}

/// What the records say of a certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedStatus {
    /// Lower-case hex.
    pub serial: String,
    /// Since when it is revoked, and why.
    pub revoked: Option<(Timestamp, String)>,
}

/// An answer that was made ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presigned {
    /// The authority.
    pub issuer: String,
    /// Lower-case hex.
    pub serial: String,
    /// Since when it says that the certificate is revoked.
    pub revoked_at: Option<Timestamp>,
    /// thisUpdate.
    pub this_update: Timestamp,
    /// When the next one is to be made.
    pub due_at: Timestamp,
    /// nextUpdate.
    pub next_update: Timestamp,
    /// The DER OCSPResponse.
    pub response: Vec<u8>,
}

crate::statements! {
    /// Keeps a signer's certificate.
    INSERT_SIGNER = "INSERT INTO status_signer (issuer, role, serial, platform, certificate, not_before, not_after) \
        VALUES ($1, $2, $3, '-', $4, $5, $6) ON CONFLICT (issuer, role, serial) DO NOTHING";
    /// The signer that lives longest.
    NEWEST_SIGNER = "SELECT certificate FROM status_signer WHERE issuer = $1 AND role = $2 ORDER BY not_after DESC, serial LIMIT 1";
    /// Every issuing authority.
    ISSUING = "SELECT id FROM authority WHERE kind = 'issuing' ORDER BY id";
    /// A certificate that was issued, possibly at least.
    STATUS = "SELECT serial, revoked_at, revocation_reason FROM issued_certificate \
        WHERE issuer = $1 AND serial = $2 AND state <> 'intended'";
    /// The answer that was made ahead, while it says what the record says.
    PRESIGNED = "SELECT p.response, p.next_update FROM ocsp_response p JOIN issued_certificate c ON c.issuer = p.issuer AND c.serial = p.serial \
        WHERE p.issuer = $1 AND p.serial = $2 AND p.next_update > $3 AND p.revoked_at = COALESCE(c.revoked_at, 0)";
    /// Keeps an answer; the newer one stays.
    KEEP_PRESIGNED = "INSERT INTO ocsp_response (issuer, serial, platform, revoked_at, this_update, due_at, next_update, response) \
        VALUES ($1, $2, '-', $3, $4, $5, $6, $7) ON CONFLICT (issuer, serial) DO UPDATE SET revoked_at = excluded.revoked_at, \
        this_update = excluded.this_update, due_at = excluded.due_at, next_update = excluded.next_update, response = excluded.response \
        WHERE ocsp_response.this_update <= excluded.this_update";
    /// Certificates that are still valid and have no answer, an old one, or one that says something else.
    TO_PRESIGN = "SELECT c.serial, c.revoked_at, c.revocation_reason FROM issued_certificate c \
        LEFT JOIN ocsp_response p ON p.issuer = c.issuer AND p.serial = c.serial \
        WHERE c.issuer = $1 AND c.state <> 'intended' AND c.not_after > $2 \
        AND (p.serial IS NULL OR p.due_at <= $2 OR p.revoked_at <> COALESCE(c.revoked_at, 0)) ORDER BY c.serial LIMIT $3";
    /// No row comes back when the number is taken.
    INSERT_SHARD_NUMBER = "INSERT INTO revocation_list (issuer, number, platform, this_update, next_update, shard, entries) \
        VALUES ($1, $2, '-', $3, $4, $5, $6) ON CONFLICT (issuer, number) DO NOTHING RETURNING number";
    /// Everything that is revoked in a shard.
    REVOKED_IN_SHARD = "SELECT serial, revoked_at, revocation_reason FROM issued_certificate WHERE issuer = $1 AND serial LIKE $2 \
        AND revoked_at IS NOT NULL ORDER BY revoked_at, serial";
    /// The newest list of a shard, with how many it names.
    NEWEST_OF_SHARD = "SELECT number, this_update, next_update, crl, entries FROM revocation_list \
        WHERE issuer = $1 AND shard = $2 AND crl IS NOT NULL ORDER BY number DESC LIMIT 1";
    /// How many are revoked in a shard, and how many of them since an instant.
    COUNT_IN_SHARD = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN revoked_at >= $3 THEN 1 ELSE 0 END), 0) FROM issued_certificate \
        WHERE issuer = $1 AND serial LIKE $2 AND revoked_at IS NOT NULL";
    /// No row comes back when the serial is taken.
    INSERT_STAMP = "INSERT INTO time_stamp (authority, serial, platform, stamped_at, algorithm, imprint) VALUES ($1, $2, '-', $3, $4, $5) \
        ON CONFLICT (authority, serial) DO NOTHING RETURNING serial";
}

/// Keeps the certificate of a responder or a time-stamping authority.
///
/// # Errors
/// Those of the database.
pub async fn insert_signer(
    connection: &mut AnyConnection,
    signer: &NewSigner<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_SIGNER)
        .bind(signer.issuer)
        .bind(signer.role.word())
        .bind(signer.serial)
        .bind(signer.certificate.to_vec())
        .bind(signer.not_before.0)
        .bind(signer.not_after.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps an answer that was made ahead.
///
/// # Errors
/// Those of the database.
pub async fn keep_presigned(
    connection: &mut AnyConnection,
    answer: &Presigned,
) -> Result<(), StoreError> {
    sqlx::query(KEEP_PRESIGNED)
        .bind(answer.issuer.as_str())
        .bind(answer.serial.as_str())
        .bind(answer.revoked_at.map_or(0, |at| at.0))
        .bind(answer.this_update.0)
        .bind(answer.due_at.0)
        .bind(answer.next_update.0)
        .bind(answer.response.clone())
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a number for a shard's list that names `entries` certificates; `false` when it is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert_shard_number(
    connection: &mut AnyConnection,
    intent: &ListIntentRecord,
    shard: Shard,
    entries: usize,
) -> Result<bool, StoreError> {
    let impossible = |_| StoreError::Impossible("revocation_list.number");
    let row = sqlx::query(INSERT_SHARD_NUMBER)
        .bind(intent.issuer.as_str())
        .bind(i64::try_from(intent.number).map_err(impossible)?)
        .bind(Timestamp::from_seconds(intent.this_update).0)
        .bind(Timestamp::from_seconds(intent.next_update).0)
        .bind(i64::from(shard.number()))
        .bind(i64::try_from(entries).map_err(impossible)?)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Everything that is revoked in a shard, for its next list.
///
/// # Errors
/// Those of the database.
pub async fn revoked_in_shard(
    connection: &mut AnyConnection,
    issuer: &str,
    shard: Shard,
) -> Result<Vec<RevocationRecord>, StoreError> {
    let rows = sqlx::query(REVOKED_IN_SHARD)
        .bind(issuer)
        .bind(pattern(shard))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(RevocationRecord {
                serial: row.try_get(0)?,
                at: Timestamp(row.try_get(1)?).seconds(),
                reason: row.try_get(2)?,
            })
        })
        .collect()
}

/// Records a time stamp before it is signed; `false` when the serial is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert_stamp(
    connection: &mut AnyConnection,
    record: &StampRecord,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_STAMP)
        .bind(record.authority.as_str())
        .bind(record.serial.as_str())
        .bind(Timestamp::from_seconds(record.at).0)
        .bind(record.algorithm.as_str())
        .bind(record.imprint.clone())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Serials are lower-case hex, so that both engines compare alike.
fn pattern(shard: Shard) -> String {
    format!("%{shard}")
}

fn read_status(row: &sqlx::any::AnyRow) -> Result<IssuedStatus, StoreError> {
    let at: Option<i64> = row.try_get(1)?;
    let reason: Option<String> = row.try_get(2)?;
    Ok(IssuedStatus {
        serial: row.try_get(0)?,
        revoked: at.map(|at| {
            (
                Timestamp(at),
                reason.unwrap_or_else(|| "unspecified".into()),
            )
        }),
    })
}

impl Store {
    /// The certificate that now answers or stamps for an authority, DER.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_signer(
        &self,
        issuer: &str,
        role: Role,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query(NEWEST_SIGNER)
            .bind(issuer)
            .bind(role.word())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// The ids of all issuing authorities.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn issuing_authorities(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(ISSUING).fetch_all(self.read()).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// What the records say of a serial (lower-case hex); nothing where it was never issued.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn issued_status(
        &self,
        issuer: &str,
        serial: &str,
    ) -> Result<Option<IssuedStatus>, StoreError> {
        let row = sqlx::query(STATUS)
            .bind(issuer)
            .bind(serial)
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(read_status).transpose()
    }

    /// The answer for a serial that was made ahead, with its nextUpdate, while it is current and says what the
    /// record says.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn presigned(
        &self,
        issuer: &str,
        serial: &str,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        let row = sqlx::query(PRESIGNED)
            .bind(issuer)
            .bind(serial)
            .bind(now.0)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok((row.try_get(0)?, Timestamp(row.try_get(1)?))))
            .transpose()
    }

    /// At most `limit` certificates whose answer is to be made ahead.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn to_presign(
        &self,
        issuer: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<IssuedStatus>, StoreError> {
        let rows = sqlx::query(TO_PRESIGN)
            .bind(issuer)
            .bind(now.0)
            .bind(limit)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read_status).collect()
    }

    /// The newest list of a shard, where the records have not changed since it was made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn current_shard_list(
        &self,
        issuer: &str,
        shard: Shard,
    ) -> Result<Option<ListRecord>, StoreError> {
        let row = sqlx::query(NEWEST_OF_SHARD)
            .bind(issuer)
            .bind(i64::from(shard.number()))
            .fetch_optional(self.read())
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let this_update: i64 = row.try_get(1)?;
        let named: Option<i64> = row.try_get(4)?;
        let counted = sqlx::query(COUNT_IN_SHARD)
            .bind(issuer)
            .bind(pattern(shard))
            .bind(this_update)
            .fetch_one(self.read())
            .await?;
        let (all, since): (i64, i64) = (counted.try_get(0)?, counted.try_get(1)?);
        if named != Some(all) || since > 0 {
            return Ok(None);
        }
        let number: i64 = row.try_get(0)?;
        Ok(Some(ListRecord {
            issuer: issuer.to_owned(),
            number: u64::try_from(number)
                .map_err(|_| StoreError::Impossible("revocation_list.number"))?,
            this_update: Timestamp(this_update).seconds(),
            next_update: Timestamp(row.try_get(2)?).seconds(),
            crl: row.try_get(3)?,
        }))
    }
}
