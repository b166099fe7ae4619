//! Rows of the key management centre: the pool of encryption pairs, what was delivered to whom, who can recover.
//!
//! A pair belongs to the first order that takes it. Its delivery stores the envelope and erases the pool copy in one
//! transaction; a retry is answered with the stored bytes. Constraints carry it: one delivery of a pair when it is issued,
//! one pair for a signing key.

use domain::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

/// A public key that escrow copies are sealed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryKey {
    /// Its id.
    pub id: String,
    /// An uncompressed point on P-256.
    pub public_key: Vec<u8>,
    /// Shares that are needed.
    pub threshold: i64,
    /// Shares that were made.
    pub shares: i64,
}

/// A new pair for the pool.
#[derive(Clone, Debug)]
pub struct NewEncryptionKey<'a> {
    /// Its id.
    pub id: &'a str,
    /// DER SubjectPublicKeyInfo.
    pub public_key: &'a [u8],
    /// The private key under the wrapping key.
    pub pool_copy: &'a [u8],
    /// The private key sealed to the recovery key.
    pub escrow_copy: &'a [u8],
    /// Which recovery key.
    pub recovery_key: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A pair as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    /// Its id.
    pub id: String,
    /// DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// The private key under the wrapping key; nothing once it was delivered.
    pub pool_copy: Option<Vec<u8>>,
    /// The private key sealed to the recovery key.
    pub escrow_copy: Vec<u8>,
    /// Which recovery key.
    pub recovery_key: String,
}

/// Why a pair is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryPurpose {
    /// The first time, with its certificate.
    Issue,
    /// To a later signing key of the same holder.
    Recovery,
}

/// A new delivery.
#[derive(Clone, Debug)]
pub struct NewDelivery<'a> {
    /// Its id.
    pub id: &'a str,
    /// The platform of the order.
    pub platform: &'a str,
    /// Which pair.
    pub encryption_key: &'a str,
    /// To which signing key.
    pub signing_key_sha256: &'a str,
    /// By which order.
    pub order: &'a str,
    /// The key number.
    pub key_number: &'a str,
    /// Why.
    pub purpose: DeliveryPurpose,
    /// The envelope's JSON.
    pub envelope: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which pair.
    pub encryption_key: String,
    /// To which signing key.
    pub signing_key_sha256: String,
    /// By which order.
    pub order: String,
    /// The key number.
    pub key_number: String,
    /// The envelope's JSON.
    pub envelope: String,
}

crate::statements! {
    /// Makes a recovery key known.
    INSERT_RECOVERY = "INSERT INTO recovery_key (id, platform, public_key, threshold, shares, created_at) VALUES ($1, '-', $2, $3, $4, $5)";
    /// The recovery key that new escrow copies are sealed to.
    NEWEST_RECOVERY = "SELECT id, public_key, threshold, shares FROM recovery_key ORDER BY created_at DESC, id DESC LIMIT 1";
    /// A new pair.
    INSERT_KEY = "INSERT INTO encryption_key (id, platform, public_key, pool_copy, escrow_copy, recovery_key_id, created_at) \
        VALUES ($1, '-', $2, $3, $4, $5, $6)";
    /// How many pairs nobody has taken.
    POOL_SIZE = "SELECT COUNT(*) FROM encryption_key WHERE order_id IS NULL";
    /// The pair that an order has taken.
    OF_ORDER = "SELECT id, public_key, pool_copy, escrow_copy, recovery_key_id FROM encryption_key WHERE order_id = $1";
    /// Takes the oldest pair; no row when the pool is empty or another order was faster.
    RESERVE = "UPDATE encryption_key SET order_id = $1 WHERE id = (SELECT id FROM encryption_key WHERE order_id IS NULL \
        ORDER BY created_at, id LIMIT 1) AND order_id IS NULL RETURNING id, public_key, pool_copy, escrow_copy, recovery_key_id";
    /// Erases the pool copy; no row when it was delivered before.
    ERASE = "UPDATE encryption_key SET pool_copy = NULL, delivered_at = $2 WHERE id = $1 AND delivered_at IS NULL RETURNING id";
    /// Keeps what is delivered.
    INSERT_DELIVERY = "INSERT INTO key_delivery (id, platform, encryption_key_id, signing_key_sha256, order_id, key_number, purpose, \
        envelope, delivered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// What a signing key got, the newest first.
    TO_SIGNING_KEY = "SELECT encryption_key_id, signing_key_sha256, order_id, key_number, envelope FROM key_delivery \
        WHERE signing_key_sha256 = $1 ORDER BY delivered_at DESC, id DESC";
    /// Every delivery of a key number, the oldest first.
    HISTORY = "SELECT encryption_key_id, signing_key_sha256, order_id, key_number, envelope FROM key_delivery WHERE key_number = $1 \
        ORDER BY delivered_at, id";
    /// The certificate of a pair: the one that the order made which took it.
    CERTIFICATE_OF = "SELECT c.certificate FROM encryption_key k JOIN issued_certificate c ON c.order_id = k.order_id \
        AND c.purpose = 'encryption' AND c.state = 'issued' WHERE k.id = $1";
    /// A pair by id.
    KEY = "SELECT id, public_key, pool_copy, escrow_copy, recovery_key_id FROM encryption_key WHERE id = $1";
}

/// Makes a recovery key known.
///
/// # Errors
/// Those of the database.
pub async fn insert_recovery_key(
    connection: &mut AnyConnection,
    key: &RecoveryKey,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_RECOVERY)
        .bind(key.id.as_str())
        .bind(key.public_key.clone())
        .bind(key.threshold)
        .bind(key.shares)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts a pair into the pool.
///
/// # Errors
/// Those of the database.
pub async fn insert_key(
    connection: &mut AnyConnection,
    new: &NewEncryptionKey<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_KEY)
        .bind(new.id)
        .bind(new.public_key.to_vec())
        .bind(new.pool_copy.to_vec())
        .bind(new.escrow_copy.to_vec())
        .bind(new.recovery_key)
        .bind(new.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// The pair of an order: the one that it took before, else the oldest of the pool; nothing when the pool is empty or
/// another order was faster.
///
/// # Errors
/// Those of the database.
pub async fn reserve(
    connection: &mut AnyConnection,
    order: &str,
) -> Result<Option<EncryptionKey>, StoreError> {
    let taken = sqlx::query(OF_ORDER)
        .bind(order)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = taken {
        return read_key(&row).map(Some);
    }
    let row = sqlx::query(RESERVE)
        .bind(order)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read_key).transpose()
}

/// A pair by id.
///
/// # Errors
/// Those of the database.
pub async fn key(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<EncryptionKey>, StoreError> {
    let row = sqlx::query(KEY).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(read_key).transpose()
}

/// Stores an envelope. When a pair is issued its pool copy is erased in the same transaction; `false` when it was
/// delivered before, and then nothing may be written.
///
/// # Errors
/// Those of the database.
pub async fn deliver(
    connection: &mut AnyConnection,
    new: &NewDelivery<'_>,
) -> Result<bool, StoreError> {
    let purpose = match new.purpose {
        DeliveryPurpose::Issue => {
            let erased = sqlx::query(ERASE)
                .bind(new.encryption_key)
                .bind(new.at.0)
                .fetch_optional(&mut *connection)
                .await?;
            if erased.is_none() {
                return Ok(false);
            }
            "issue"
        }
        DeliveryPurpose::Recovery => "recovery",
    };
    sqlx::query(INSERT_DELIVERY)
        .bind(new.id)
        .bind(new.platform)
        .bind(new.encryption_key)
        .bind(new.signing_key_sha256)
        .bind(new.order)
        .bind(new.key_number)
        .bind(purpose)
        .bind(new.envelope)
        .bind(new.at.0)
        .execute(connection)
        .await?;
    Ok(true)
}

/// What a signing key got, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn delivered_to(
    connection: &mut AnyConnection,
    signing_key_sha256: &str,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query(TO_SIGNING_KEY)
        .bind(signing_key_sha256)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_delivery).collect()
}

/// The DER encryption certificate of a pair.
///
/// # Errors
/// Those of the database.
pub async fn certificate_of(
    connection: &mut AnyConnection,
    encryption_key: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(CERTIFICATE_OF)
        .bind(encryption_key)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

impl Store {
    /// How many pairs nobody has taken.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pool_size(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query(POOL_SIZE)
            .fetch_one(self.read())
            .await?
            .try_get(0)?)
    }

    /// The recovery key that new escrow copies are sealed to; nothing before a ceremony made one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn recovery_key(&self) -> Result<Option<RecoveryKey>, StoreError> {
        let row = sqlx::query(NEWEST_RECOVERY)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(RecoveryKey {
                id: row.try_get(0)?,
                public_key: row.try_get(1)?,
                threshold: row.try_get(2)?,
                shares: row.try_get(3)?,
            })
        })
        .transpose()
    }

    /// Every delivery of a key number, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn key_history(&self, key_number: &str) -> Result<Vec<Delivery>, StoreError> {
        let rows = sqlx::query(HISTORY)
            .bind(key_number)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read_delivery).collect()
    }
}

fn read_key(row: &AnyRow) -> Result<EncryptionKey, StoreError> {
    Ok(EncryptionKey {
        id: row.try_get(0)?,
        public_key: row.try_get(1)?,
        pool_copy: row.try_get(2)?,
        escrow_copy: row.try_get(3)?,
        recovery_key: row.try_get(4)?,
    })
}

fn read_delivery(row: &AnyRow) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        encryption_key: row.try_get(0)?,
        signing_key_sha256: row.try_get(1)?,
        order: row.try_get(2)?,
        key_number: row.try_get(3)?,
        envelope: row.try_get(4)?,
    })
}
