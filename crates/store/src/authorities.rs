//! Certification authorities, their certificates and their lists, in the order of rule 9: recorded, then signed.

use domain::{Id, Timestamp};
use issuer::revocation::{ListIntentRecord, ListRecord};
use issuer::{IntentRecord, IssuedRecord, PossiblyIssuedRecord, RevocationRecord};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// An authority whose certificate exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthority {
    /// Its id, such as `szca-demo-issuing`.
    pub id: String,
    /// The provider that it stands for.
    pub provider: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
}

/// A certificate that was issued for a key number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// The authority's id.
    pub issuer: String,
    /// Lower-case hex.
    pub serial: String,
}

crate::statements! {
    /// Keeps an authority; the first one of an id stays.
    INSERT_AUTHORITY = "INSERT INTO authority (id, platform, provider_id, kind, certificate, created_at) VALUES ($1, '-', $2, $3, $4, $5) \
        ON CONFLICT (id) DO NOTHING RETURNING id";
    /// An authority.
    AUTHORITY = "SELECT id, provider_id, certificate FROM authority WHERE id = $1";
    /// No row comes back when the serial is taken.
    INSERT_INTENT = "INSERT INTO issued_certificate (issuer, serial, platform, state, subject, key_number, not_before, not_after, tbs, \
        intended_at, key_sha256, order_id, purpose) VALUES ($1, $2, '-', 'intended', $3, $4, $5, $6, $7, $8, $9, $10, $11) \
        ON CONFLICT (issuer, serial) DO NOTHING RETURNING serial";
    /// The signed certificate beside its intent; no row when the intent was given up meanwhile.
    SET_ISSUED = "UPDATE issued_certificate SET state = 'issued', certificate = $3 WHERE issuer = $1 AND serial = $2 \
        AND state = 'intended' RETURNING serial";
    /// Nobody knows whether it was signed: revoked, and never signed again.
    SET_POSSIBLY_ISSUED = "UPDATE issued_certificate SET state = 'possibly_issued', revoked_at = $3, revocation_reason = 'unspecified' \
        WHERE issuer = $1 AND serial = $2 AND state = 'intended'";
    /// Intents without a result that are older than any signature takes.
    STALE = "SELECT serial FROM issued_certificate WHERE issuer = $1 AND state = 'intended' AND intended_at < $2";
    /// Everything that is revoked under an authority.
    REVOKED = "SELECT serial, revoked_at, revocation_reason FROM issued_certificate WHERE issuer = $1 AND revoked_at IS NOT NULL \
        ORDER BY revoked_at, serial";
    /// Revokes; no row when it is revoked already or not known.
    REVOKE = "UPDATE issued_certificate SET revoked_at = $3, revocation_reason = $4 WHERE issuer = $1 AND serial = $2 \
        AND revoked_at IS NULL RETURNING serial";
    /// What an order made for a purpose and did not give up.
    OF_ORDER = "SELECT issuer, serial, state, certificate, revoked_at FROM issued_certificate WHERE order_id = $1 AND purpose = $2 \
        AND state IN ('intended', 'issued')";
    /// The living certificates of a public key.
    OF_PUBLIC_KEY = "SELECT certificate, order_id FROM issued_certificate WHERE key_sha256 = $1 AND state = 'issued' \
        AND (revoked_at IS NULL OR revocation_reason = 'certificateHold')";
    /// A certificate and whose number it carries.
    CERTIFICATE = "SELECT certificate, key_number FROM issued_certificate WHERE issuer = $1 AND serial = $2 AND state = 'issued'";
    /// Revokes the certificates of a provider's key number; a pause becomes an end. Certificates that are over are left out.
    REVOKE_NUMBER = "UPDATE issued_certificate SET revoked_at = $3, revocation_reason = $4 WHERE key_number = $1 AND state = 'issued' \
        AND issuer IN (SELECT id FROM authority WHERE provider_id = $2) \
        AND (revoked_at IS NULL OR revocation_reason = 'certificateHold') AND not_after >= $3 RETURNING issuer";
    /// Pauses the certificates of a provider's key number.
    SUSPEND_NUMBER = "UPDATE issued_certificate SET revoked_at = $3, revocation_reason = 'certificateHold' WHERE key_number = $1 \
        AND state = 'issued' AND issuer IN (SELECT id FROM authority WHERE provider_id = $2) AND revoked_at IS NULL AND not_after >= $3 \
        RETURNING issuer";
    /// Ends the pause of the certificates of a provider's key number.
    RESUME_NUMBER = "UPDATE issued_certificate SET revoked_at = NULL, revocation_reason = NULL WHERE key_number = $1 AND state = 'issued' \
        AND issuer IN (SELECT id FROM authority WHERE provider_id = $2) AND revocation_reason = 'certificateHold' RETURNING issuer";
    /// How many living certificates of a provider's key number are revoked and not only paused.
    COUNT_REVOKED = "SELECT COUNT(*) FROM issued_certificate WHERE key_number = $1 AND state = 'issued' \
        AND issuer IN (SELECT id FROM authority WHERE provider_id = $2) AND revoked_at IS NOT NULL \
        AND revocation_reason <> 'certificateHold' AND not_after >= $3";
    /// How many are paused.
    COUNT_SUSPENDED = "SELECT COUNT(*) FROM issued_certificate WHERE key_number = $1 AND state = 'issued' \
        AND issuer IN (SELECT id FROM authority WHERE provider_id = $2) AND revocation_reason = 'certificateHold' AND not_after >= $3";
    /// How many are good.
    COUNT_GOOD = "SELECT COUNT(*) FROM issued_certificate WHERE key_number = $1 AND state = 'issued' \
        AND issuer IN (SELECT id FROM authority WHERE provider_id = $2) AND revoked_at IS NULL AND not_after >= $3";
    /// The authorities of a kind.
    OF_KIND = "SELECT id, provider_id, certificate FROM authority WHERE kind = $1 ORDER BY id";
    /// The certificates of a key number that are not revoked.
    OF_KEY = "SELECT issuer, serial FROM issued_certificate WHERE key_number = $1 AND state = 'issued' AND revoked_at IS NULL";
    /// The highest number that was ever taken; 0 before the first.
    LAST_NUMBER = "SELECT COALESCE(MAX(number), 0) FROM revocation_list WHERE issuer = $1";
    /// No row comes back when the number is taken.
    INSERT_NUMBER = "INSERT INTO revocation_list (issuer, number, platform, this_update, next_update) VALUES ($1, $2, '-', $3, $4) \
        ON CONFLICT (issuer, number) DO NOTHING RETURNING number";
    /// The signed list beside its number.
    SET_LIST = "UPDATE revocation_list SET crl = $3 WHERE issuer = $1 AND number = $2 AND crl IS NULL";
    /// The newest whole list.
    NEWEST_LIST = "SELECT number, this_update, next_update, crl FROM revocation_list WHERE issuer = $1 AND crl IS NOT NULL \
        AND shard IS NULL ORDER BY number DESC LIMIT 1";
}

/// Keeps an authority's certificate; `false` when another one came first.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    authority: &StoredAuthority,
    kind: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_AUTHORITY)
        .bind(authority.id.as_str())
        .bind(authority.provider.as_str())
        .bind(kind)
        .bind(authority.certificate.clone())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Which order a certificate is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForOrder<'a> {
    /// The order's id.
    pub order: &'a Id,
    /// `signing` or `encryption`.
    pub purpose: &'static str,
}

/// What an order has made for a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeForOrder {
    /// A serial was taken, and whether it was signed is not known.
    Intended {
        /// The authority's id.
        issuer: String,
        /// Lower-case hex.
        serial: String,
    },
    /// The certificate, DER.
    Issued {
        /// The DER certificate.
        certificate: Vec<u8>,
        /// Whether it was revoked meanwhile.
        revoked: bool,
    },
}

/// What becomes of a key number's certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusChange {
    /// An end, with the reason's name (RFC 5280).
    Revoke(&'static str),
    /// A pause: certificateHold.
    Suspend,
    /// The end of a pause.
    Resume,
}

/// Records what is about to be signed, with the SHA-256 of its SubjectPublicKeyInfo in hex and the order that it is for;
/// `false` when the serial is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert_intent(
    connection: &mut AnyConnection,
    intent: &IntentRecord,
    key_sha256: &str,
    for_order: Option<ForOrder<'_>>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_INTENT)
        .bind(intent.issuer.as_str())
        .bind(intent.serial.as_str())
        .bind(intent.subject.as_str())
        .bind(intent.key_number.clone())
        .bind(Timestamp::from_seconds(intent.not_before).0)
        .bind(Timestamp::from_seconds(intent.not_after).0)
        .bind(intent.tbs.clone())
        .bind(Timestamp::from_seconds(intent.at).0)
        .bind(key_sha256)
        .bind(for_order.map(|made| made.order.as_str().to_owned()))
        .bind(for_order.map(|made| made.purpose.to_owned()))
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// What an order has made for a purpose and did not give up.
///
/// # Errors
/// Those of the database.
pub async fn made_for_order(
    connection: &mut AnyConnection,
    made: ForOrder<'_>,
) -> Result<Option<MadeForOrder>, StoreError> {
    let row = sqlx::query(OF_ORDER)
        .bind(made.order.as_str())
        .bind(made.purpose)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let certificate: Option<Vec<u8>> = row.try_get(3)?;
    let revoked: Option<i64> = row.try_get(4)?;
    Ok(Some(match certificate {
        Some(certificate) => MadeForOrder::Issued {
            certificate,
            revoked: revoked.is_some(),
        },
        None => MadeForOrder::Intended {
            issuer: row.try_get(0)?,
            serial: row.try_get(1)?,
        },
    }))
}

/// The living certificates of a public key (SHA-256 of its SubjectPublicKeyInfo in hex), each with its order.
///
/// # Errors
/// Those of the database.
pub async fn of_public_key(
    connection: &mut AnyConnection,
    key_sha256: &str,
) -> Result<Vec<(Vec<u8>, Option<String>)>, StoreError> {
    let rows = sqlx::query(OF_PUBLIC_KEY)
        .bind(key_sha256)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// A certificate by authority and serial, with its key number.
///
/// # Errors
/// Those of the database.
pub async fn certificate(
    connection: &mut AnyConnection,
    issuer: &str,
    serial: &str,
) -> Result<Option<(Vec<u8>, Option<String>)>, StoreError> {
    let row = sqlx::query(CERTIFICATE)
        .bind(issuer)
        .bind(serial)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .transpose()
}

/// Changes the status of every certificate of a provider's key number; the issuers of those that it touched, one for
/// each certificate.
///
/// # Errors
/// Those of the database.
pub async fn change_status(
    connection: &mut AnyConnection,
    provider: &str,
    key_number: &str,
    change: StatusChange,
    at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let query = match change {
        StatusChange::Revoke(reason) => sqlx::query(REVOKE_NUMBER)
            .bind(key_number)
            .bind(provider)
            .bind(at.0)
            .bind(reason),
        StatusChange::Suspend => sqlx::query(SUSPEND_NUMBER)
            .bind(key_number)
            .bind(provider)
            .bind(at.0),
        StatusChange::Resume => sqlx::query(RESUME_NUMBER).bind(key_number).bind(provider),
    };
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// How many of a provider's key number's certificates that are not over have the status that a change leads to.
///
/// # Errors
/// Those of the database.
pub async fn count_status(
    connection: &mut AnyConnection,
    provider: &str,
    key_number: &str,
    change: StatusChange,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let statement = match change {
        StatusChange::Revoke(_) => COUNT_REVOKED,
        StatusChange::Suspend => COUNT_SUSPENDED,
        StatusChange::Resume => COUNT_GOOD,
    };
    let count: i64 = sqlx::query(statement)
        .bind(key_number)
        .bind(provider)
        .bind(now.0)
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Puts the certificate beside its intent; `false` when the intent was given up meanwhile, and nothing may be delivered.
///
/// # Errors
/// Those of the database.
pub async fn set_issued(
    connection: &mut AnyConnection,
    issued: &IssuedRecord,
) -> Result<bool, StoreError> {
    let row = sqlx::query(SET_ISSUED)
        .bind(issued.issuer.as_str())
        .bind(issued.serial.as_str())
        .bind(issued.certificate.clone())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Marks a serial possibly issued and revoked.
///
/// # Errors
/// Those of the database.
pub async fn set_possibly_issued(
    connection: &mut AnyConnection,
    record: &PossiblyIssuedRecord,
) -> Result<(), StoreError> {
    sqlx::query(SET_POSSIBLY_ISSUED)
        .bind(record.issuer.as_str())
        .bind(record.serial.as_str())
        .bind(Timestamp::from_seconds(record.at).0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Marks every intent older than `before` that has no result: a crash lies between the two. Returns how many.
///
/// # Errors
/// Those of the database.
pub async fn recover(
    connection: &mut AnyConnection,
    issuer: &str,
    before: Timestamp,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let stale = sqlx::query(STALE)
        .bind(issuer)
        .bind(before.0)
        .fetch_all(&mut *connection)
        .await?;
    for row in &stale {
        let record = PossiblyIssuedRecord {
            issuer: issuer.to_owned(),
            serial: row.try_get(0)?,
            at: now.seconds(),
        };
        set_possibly_issued(&mut *connection, &record).await?;
    }
    Ok(stale.len())
}

/// Revokes a certificate; `false` when it is revoked already.
///
/// # Errors
/// Those of the database.
pub async fn revoke(
    connection: &mut AnyConnection,
    certificate: &IssuedCertificate,
    at: Timestamp,
    reason: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(REVOKE)
        .bind(certificate.issuer.as_str())
        .bind(certificate.serial.as_str())
        .bind(at.0)
        .bind(reason)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// The certificates of a key number that can be revoked.
///
/// # Errors
/// Those of the database.
pub async fn of_key(
    connection: &mut AnyConnection,
    key_number: &str,
) -> Result<Vec<IssuedCertificate>, StoreError> {
    let rows = sqlx::query(OF_KEY)
        .bind(key_number)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(IssuedCertificate {
                issuer: row.try_get(0)?,
                serial: row.try_get(1)?,
            })
        })
        .collect()
}

/// Everything that is revoked under an authority, for its next list.
///
/// # Errors
/// Those of the database.
pub async fn revoked(
    connection: &mut AnyConnection,
    issuer: &str,
) -> Result<Vec<RevocationRecord>, StoreError> {
    let rows = sqlx::query(REVOKED)
        .bind(issuer)
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

/// The highest list number that was ever taken; 0 before the first.
///
/// # Errors
/// Those of the database.
pub async fn last_number(connection: &mut AnyConnection, issuer: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query(LAST_NUMBER)
        .bind(issuer)
        .fetch_one(connection)
        .await?
        .try_get(0)?)
}

/// Takes a list number; `false` when it is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert_number(
    connection: &mut AnyConnection,
    intent: &ListIntentRecord,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_NUMBER)
        .bind(intent.issuer.as_str())
        .bind(number(intent.number)?)
        .bind(Timestamp::from_seconds(intent.this_update).0)
        .bind(Timestamp::from_seconds(intent.next_update).0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Puts the signed list beside its number.
///
/// # Errors
/// Those of the database.
pub async fn set_list(connection: &mut AnyConnection, list: &ListRecord) -> Result<(), StoreError> {
    sqlx::query(SET_LIST)
        .bind(list.issuer.as_str())
        .bind(number(list.number)?)
        .bind(list.crl.clone())
        .execute(connection)
        .await?;
    Ok(())
}

fn number(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Impossible("revocation_list.number"))
}

fn read_authority(row: &AnyRow) -> Result<StoredAuthority, StoreError> {
    Ok(StoredAuthority {
        id: row.try_get(0)?,
        provider: row.try_get(1)?,
        certificate: row.try_get(2)?,
    })
}

fn read_list(issuer: &str, row: &AnyRow) -> Result<ListRecord, StoreError> {
    let number: i64 = row.try_get(0)?;
    Ok(ListRecord {
        issuer: issuer.to_owned(),
        number: u64::try_from(number)
            .map_err(|_| StoreError::Impossible("revocation_list.number"))?,
        this_update: Timestamp(row.try_get(1)?).seconds(),
        next_update: Timestamp(row.try_get(2)?).seconds(),
        crl: row.try_get(3)?,
    })
}

impl Store {
    /// The authorities of a kind, `root` or `issuing`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn authorities_of(&self, kind: &str) -> Result<Vec<StoredAuthority>, StoreError> {
        let rows = sqlx::query(OF_KIND)
            .bind(kind)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read_authority).collect()
    }

    /// An authority by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn authority(&self, id: &str) -> Result<Option<StoredAuthority>, StoreError> {
        let row = sqlx::query(AUTHORITY)
            .bind(id)
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(read_authority).transpose()
    }

    /// The newest signed whole list of an authority.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn newest_list(&self, issuer: &str) -> Result<Option<ListRecord>, StoreError> {
        let row = sqlx::query(NEWEST_LIST)
            .bind(issuer)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read_list(issuer, &row)).transpose()
    }
}
