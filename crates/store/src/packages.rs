//! Driver packages that an operator uploaded, and the certificates that their signatures are verified against.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// An uploaded package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its id.
    pub id: Id,
    /// `provider`, `client` (a unified one) or `agent` (our own client).
    pub owner_kind: String,
    /// The provider's or unified client's id; `yinxin-agent` for our own.
    pub owner_id: String,
    /// `bundle`, `driver`, `seal_client` or `client`.
    pub kind: String,
    /// The system it is for, such as `windows-x86_64`.
    pub system: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// Its version, as its maker says it.
    pub version: String,
    /// 最近更新日期, `YYYY-MM-DD`.
    pub released: String,
    /// What is in it, as JSON.
    pub parts: String,
    /// Antivirus programs must be closed during installation.
    pub antivirus_off: bool,
    /// The key must not be plugged in during installation.
    pub key_unplugged: bool,
    /// What was installed before need not be removed.
    pub keep_installed: bool,
    /// The name that it is saved under.
    pub file_name: String,
    /// Where its bytes are.
    pub object: String,
    /// Its length in bytes.
    pub size: i64,
    /// SHA-256, hex, computed here.
    pub sha256: String,
    /// The signature that was verified; absent: none was given.
    pub signature: Option<VerifiedSignature>,
    /// `draft`, `published` or `withdrawn`.
    pub state: String,
    /// When it came.
    pub uploaded_at: Timestamp,
    /// When it was first offered.
    pub published_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// Who brought it.
    pub uploaded_by: String,
}

/// A signature that held when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The signer's name, RFC 4514.
    pub signer: String,
    /// The anchor that it was verified against, by the name that the operator gave it.
    pub anchor: String,
    /// When it was verified.
    pub at: Timestamp,
}

/// A certificate that the operator named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its id.
    pub id: Id,
    /// What the operator calls it.
    pub name: String,
    /// DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate, hex.
    pub sha256: String,
    /// When it was named.
    pub added_at: Timestamp,
}

macro_rules! package_columns {
    () => {
        "SELECT p.id, p.owner_kind, p.owner_id, p.kind, p.system, p.name_zh, p.name_en, p.version, p.released, p.parts, \
         p.antivirus_off, p.key_unplugged, p.keep_installed, p.file_name, p.object, p.size, p.sha256, p.signer, a.name, \
         p.signature_at, p.state, p.uploaded_at, p.published_at, p.withdrawn_at, o.person FROM driver_package p \
         JOIN platform_operator o ON o.id = p.uploaded_by LEFT JOIN package_anchor a ON a.id = p.anchor_id"
    };
}
crate::statements! {
    /// A new draft.
    INSERT = "INSERT INTO driver_package (id, platform, owner_kind, owner_id, kind, system, name_zh, name_en, version, released, parts, \
        antivirus_off, key_unplugged, keep_installed, file_name, object, size, sha256, state, uploaded_by, uploaded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 'draft', $19, $20)";
    /// All of a platform, newest first.
    ALL = concat!(package_columns!(), " WHERE p.platform = $1 ORDER BY p.uploaded_at DESC, p.id DESC LIMIT 500");
    /// What is offered.
    PUBLISHED = concat!(package_columns!(), " WHERE p.platform = $1 AND p.state = 'published' ORDER BY p.owner_id, p.kind, p.system");
    /// One.
    BY_ID = concat!(package_columns!(), " WHERE p.platform = $1 AND p.id = $2");
    /// Locks a package's row, and says what would stand in the way of offering it.
    LOCK = "UPDATE driver_package SET uploaded_at = uploaded_at WHERE platform = $1 AND id = $2 RETURNING state";
    /// Withdraws what is offered for the same thing on the same system.
    SUPERSEDE = "UPDATE driver_package SET state = 'withdrawn', withdrawn_by = $3, withdrawn_at = $4 \
        WHERE platform = $1 AND state = 'published' AND id <> $2 AND EXISTS (SELECT 1 FROM driver_package n WHERE n.id = $2 \
        AND n.platform = driver_package.platform AND n.owner_kind = driver_package.owner_kind AND n.owner_id = driver_package.owner_id \
        AND n.kind = driver_package.kind AND n.system = driver_package.system) RETURNING id";
    /// Offers a draft.
    PUBLISH = "UPDATE driver_package SET state = 'published', published_at = $3 WHERE platform = $1 AND id = $2 AND state = 'draft' \
        RETURNING id";
    /// Takes a draft or an offered package back.
    WITHDRAW = "UPDATE driver_package SET state = 'withdrawn', withdrawn_by = $3, withdrawn_at = $4 \
        WHERE platform = $1 AND id = $2 AND state <> 'withdrawn' RETURNING id";
    /// Keeps a verified signature with a draft.
    SIGN = "UPDATE driver_package SET signature = $3, signer = $4, anchor_id = $5, signature_at = $6 \
        WHERE platform = $1 AND id = $2 AND state = 'draft' RETURNING id";
    /// A new anchor; no row comes back when the certificate is named already.
    INSERT_ANCHOR = "INSERT INTO package_anchor (id, platform, name, certificate, sha256, added_by, added_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (platform, sha256) WHERE removed_at IS NULL DO NOTHING RETURNING id";
    /// The anchors of a platform.
    ANCHORS = "SELECT id, name, certificate, sha256, added_at FROM package_anchor WHERE platform = $1 AND removed_at IS NULL \
        ORDER BY added_at, id LIMIT 100";
    /// Removes an anchor; what was verified against it stays told as it was.
    REMOVE_ANCHOR = "UPDATE package_anchor SET removed_at = $3 WHERE platform = $1 AND id = $2 AND removed_at IS NULL RETURNING id";
}

fn package(row: &AnyRow) -> Result<Package, StoreError> {
    let flag = |at: usize| -> Result<bool, StoreError> { Ok(row.try_get::<i64, _>(at)? == 1) };
    let (signer, anchor, signed): (Option<String>, Option<String>, Option<i64>) =
        (row.try_get(17)?, row.try_get(18)?, row.try_get(19)?);
    let signature = match (signer, anchor, signed) {
        (Some(signer), Some(anchor), Some(at)) => Some(VerifiedSignature {
            signer,
            anchor,
            at: Timestamp(at),
        }),
        _ => None,
    };
    let time = |value: Option<i64>| value.map(Timestamp);
    Ok(Package {
        id: id(row.try_get(0)?, "driver_package.id")?,
        owner_kind: row.try_get(1)?,
        owner_id: row.try_get(2)?,
        kind: row.try_get(3)?,
        system: row.try_get(4)?,
        name_zh: row.try_get(5)?,
        name_en: row.try_get(6)?,
        version: row.try_get(7)?,
        released: row.try_get(8)?,
        parts: row.try_get(9)?,
        antivirus_off: flag(10)?,
        key_unplugged: flag(11)?,
        keep_installed: flag(12)?,
        file_name: row.try_get(13)?,
        object: row.try_get(14)?,
        size: row.try_get(15)?,
        sha256: row.try_get(16)?,
        signature,
        state: row.try_get(20)?,
        uploaded_at: Timestamp(row.try_get(21)?),
        published_at: time(row.try_get(22)?),
        withdrawn_at: time(row.try_get(23)?),
        uploaded_by: row.try_get(24)?,
    })
}

/// Writes a draft; `by` is the operator's id.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Package,
    by: &Id,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.owner_kind.as_str())
        .bind(new.owner_id.as_str())
        .bind(new.kind.as_str())
        .bind(new.system.as_str())
        .bind(new.name_zh.as_str())
        .bind(new.name_en.as_str())
        .bind(new.version.as_str())
        .bind(new.released.as_str())
        .bind(new.parts.as_str())
        .bind(i64::from(new.antivirus_off))
        .bind(i64::from(new.key_unplugged))
        .bind(i64::from(new.keep_installed))
        .bind(new.file_name.as_str())
        .bind(new.object.as_str())
        .bind(new.size)
        .bind(new.sha256.as_str())
        .bind(by.as_str())
        .bind(new.uploaded_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Offers a draft in the place of what was offered for the same thing on the same system; those are withdrawn and
/// their ids returned. Nothing when it is no draft.
///
/// # Errors
/// Those of the database.
pub async fn publish(
    connection: &mut AnyConnection,
    platform: &str,
    package: &Id,
    by: &Id,
    at: Timestamp,
) -> Result<Option<Vec<String>>, StoreError> {
    let state = sqlx::query(LOCK)
        .bind(platform)
        .bind(package.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let state: Option<String> = state.map(|row| row.try_get(0)).transpose()?;
    if state.as_deref() != Some("draft") {
        return Ok(None);
    }
    let superseded = sqlx::query(SUPERSEDE)
        .bind(platform)
        .bind(package.as_str())
        .bind(by.as_str())
        .bind(at.0)
        .fetch_all(&mut *connection)
        .await?;
    sqlx::query(PUBLISH)
        .bind(platform)
        .bind(package.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    superseded
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<_, StoreError>>()
        .map(Some)
}

/// Takes a package back; `false` when it was before.
///
/// # Errors
/// Those of the database.
pub async fn withdraw(
    connection: &mut AnyConnection,
    platform: &str,
    package: &Id,
    by: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(WITHDRAW)
        .bind(platform)
        .bind(package.as_str())
        .bind(by.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// What is kept of a signature.
#[derive(Clone, Debug)]
pub struct NewSignature<'a> {
    /// As it was given.
    pub bytes: &'a [u8],
    /// The signer's name.
    pub signer: &'a str,
    /// The anchor's id.
    pub anchor: &'a Id,
    /// When it was verified.
    pub at: Timestamp,
}

/// Keeps a verified signature with a draft; `false` when it is no draft.
///
/// # Errors
/// Those of the database.
pub async fn sign(
    connection: &mut AnyConnection,
    platform: &str,
    package: &Id,
    signature: &NewSignature<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(SIGN)
        .bind(platform)
        .bind(package.as_str())
        .bind(signature.bytes.to_vec())
        .bind(signature.signer)
        .bind(signature.anchor.as_str())
        .bind(signature.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Names an anchor; `false` when its certificate is named already.
///
/// # Errors
/// Those of the database.
pub async fn insert_anchor(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Anchor,
    by: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT_ANCHOR)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.name.as_str())
        .bind(new.certificate.clone())
        .bind(new.sha256.as_str())
        .bind(by.as_str())
        .bind(new.added_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Removes an anchor; `false` when there is none.
///
/// # Errors
/// Those of the database.
pub async fn remove_anchor(
    connection: &mut AnyConnection,
    platform: &str,
    anchor: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(REMOVE_ANCHOR)
        .bind(platform)
        .bind(anchor.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// Every package of a platform, newest first, at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn packages(&self, platform: &str) -> Result<Vec<Package>, StoreError> {
        let rows = sqlx::query(ALL)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(package).collect()
    }

    /// The packages that a platform offers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_packages(&self, platform: &str) -> Result<Vec<Package>, StoreError> {
        let rows = sqlx::query(PUBLISHED)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(package).collect()
    }

    /// A package in whatever state.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn package(&self, platform: &str, id: &Id) -> Result<Option<Package>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| package(&row)).transpose()
    }

    /// The certificates that a platform's operators named.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn package_anchors(&self, platform: &str) -> Result<Vec<Anchor>, StoreError> {
        let rows = sqlx::query(ANCHORS)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Anchor {
                    id: id(row.try_get(0)?, "package_anchor.id")?,
                    name: row.try_get(1)?,
                    certificate: row.try_get(2)?,
                    sha256: row.try_get(3)?,
                    added_at: Timestamp(row.try_get(4)?),
                })
            })
            .collect()
    }
}
