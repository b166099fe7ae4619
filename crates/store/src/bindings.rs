//! Bindings of key numbers to accounts, and the proofs that come before them.
//!
//! Every change of a binding writes a line of its history in the same transaction.

pub mod chain;
pub mod forced;
pub mod lists;

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// Possession of a key, proved in a session and not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its id.
    pub id: Id,
    /// The session that proved it; no other can use it.
    pub session: Id,
    /// The account that the key is to be bound to.
    pub account: Id,
    /// The key number that the identity map read.
    pub key_number: String,
    /// The provider.
    pub provider: String,
    /// Who holds the key, by the certificate.
    pub holder: String,
    /// Whose key it is, by the certificate.
    pub organisation: String,
    /// The signing certificate, DER.
    pub certificate: Vec<u8>,
    /// When the certificate begins.
    pub not_before: Timestamp,
    /// When the certificate ends.
    pub not_after: Timestamp,
    /// When it was proved.
    pub created_at: Timestamp,
    /// From when it counts no more.
    pub expires_at: Timestamp,
}

/// A binding that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its id.
    pub id: Id,
    /// The bound account.
    pub account: Id,
    /// Its login name.
    pub account_name: String,
    /// Its person.
    pub person: String,
    /// Its organisation.
    pub organisation: Id,
    /// The organisation's code.
    pub organisation_uscc: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The provider of the key.
    pub provider: String,
    /// The key number.
    pub key_number: String,
    /// Who holds the key, by its certificate.
    pub holder: String,
    /// The certificate that was shown last, DER.
    pub certificate: Vec<u8>,
    /// Since when the binding has it.
    pub certificate_since: Timestamp,
    /// How it came by it: `bound` or `renewed`.
    pub certificate_how: String,
    /// When that certificate ends.
    pub not_after: Timestamp,
    /// What was last learnt about revocation: `good`, `revoked` or `undetermined`.
    pub standing: String,
    /// The binding that it goes on from.
    pub previous: Option<Id>,
    /// The person who bound it.
    pub bound_by: String,
    /// When.
    pub bound_at: Timestamp,
}

/// Whoever changes a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// An account.
    Account(&'a Id),
    /// An operator.
    Operator(&'a Id),
    /// The program, when a time is over.
    System,
}

impl By<'_> {
    pub(crate) const fn role(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Operator(_) => "operator",
            Self::System => "system",
        }
    }

    pub(crate) fn id(&self) -> Option<String> {
        match self {
            Self::Account(id) | Self::Operator(id) => Some(id.as_str().to_owned()),
            Self::System => None,
        }
    }
}

/// Why a binding ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// 解除绑定.
    Released,
    /// Another goes on from it.
    Renewed,
    /// 离职.
    Left,
    /// 强制解绑.
    Forced,
    /// The key has another holder now, who bound it.
    HolderChanged,
}

impl EndReason {
    /// The word in row, history and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Renewed => "renewed",
            Self::Left => "left",
            Self::Forced => "forced",
            Self::HolderChanged => "holder_changed",
        }
    }
}

/// A binding whose certificate is about to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Its id.
    pub id: Id,
    /// The platform.
    pub platform: String,
    /// Whose.
    pub organisation: Id,
    /// Who is told.
    pub account: Id,
    /// The key's number.
    pub key_number: String,
    /// Its provider.
    pub provider: String,
    /// Who holds it.
    pub holder: String,
    /// When it ends.
    pub not_after: Timestamp,
}

/// A new binding.
#[derive(Clone, Debug)]
pub struct NewBinding<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The account's organisation.
    pub organisation: &'a Id,
    /// What was proved.
    pub proof: &'a Proof,
    /// The binding that it goes on from, ended before in the same transaction.
    pub previous: Option<&'a Id>,
    /// The account that confirms it.
    pub bound_by: &'a Id,
    /// Now.
    pub at: Timestamp,
}

/// Which bindings of an organisation to list.
#[derive(Clone, Debug)]
pub struct Filter<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// One account alone, for those who may not see the others.
    pub only: Option<&'a Id>,
    /// Part of a login name, lower case; empty for all.
    pub account: &'a str,
    /// Part of a person's name; empty for all.
    pub person: &'a str,
    /// How many rows.
    pub limit: i64,
    /// After how many.
    pub offset: i64,
}

macro_rules! binding_columns {
    () => {
        "SELECT b.id, b.account_id, a.name, a.person, b.organisation_id, o.uscc, b.provider_id, b.key_number, b.certificate, \
         b.not_after, w.person, b.bound_at, o.name, b.holder, b.certificate_since, b.certificate_how, b.standing, b.previous_id \
         FROM binding b JOIN account a ON a.id = b.account_id \
         JOIN organisation o ON o.id = b.organisation_id JOIN account w ON w.id = b.bound_by"
    };
}
pub(crate) use binding_columns;

macro_rules! matching {
    // LIKE folds case on one engine only: a position search does not.
    () => {
        " WHERE b.platform = $1 AND b.organisation_id = $2 AND b.ended_at IS NULL \
         AND ($3 = '' OR REPLACE(a.name, $3, '') <> a.name) AND ($4 = '' OR REPLACE(a.person, $4, '') <> a.person) \
         AND ($5 = '' OR b.account_id = $5)"
    };
}

crate::statements! {
    /// A proof.
    INSERT_PROOF = "INSERT INTO binding_proof (id, platform, session_id, account_id, key_number, provider_id, holder, organisation, \
        certificate, not_before, not_after, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// Uses a proof up; no row when there is none, it was used, it is another session's, or its time is over.
    USE_PROOF = "UPDATE binding_proof SET used_at = $4 WHERE platform = $1 AND id = $2 AND session_id = $3 AND used_at IS NULL \
        AND expires_at > $4 RETURNING id, session_id, account_id, key_number, provider_id, holder, organisation, certificate, \
        not_after, created_at, expires_at, not_before";
    /// A proof without using it.
    PROOF = "SELECT id, session_id, account_id, key_number, provider_id, holder, organisation, certificate, not_after, created_at, \
        expires_at, not_before FROM binding_proof WHERE platform = $1 AND id = $2 AND session_id = $3 AND used_at IS NULL AND expires_at > $4";
    /// No row comes back when the key number is bound already (rule 1).
    INSERT = "INSERT INTO binding (id, platform, organisation_id, account_id, key_number, provider_id, holder, certificate, \
        certificate_since, certificate_how, not_after, standing, standing_at, how, previous_id, bound_by, bound_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $11, $12, $9, 'good', $11, $12, $13, $10, $11) \
        ON CONFLICT (platform, key_number) WHERE ended_at IS NULL DO NOTHING RETURNING id";
    /// The standing binding of a key number.
    BY_KEY_NUMBER = concat!(binding_columns!(), " WHERE b.platform = $1 AND b.key_number = $2 AND b.ended_at IS NULL");
    /// A standing binding by id.
    BY_ID = concat!(binding_columns!(), " WHERE b.platform = $1 AND b.id = $2 AND b.ended_at IS NULL");
    /// The standing bindings of an account.
    OF_ACCOUNT = concat!(binding_columns!(), " WHERE b.platform = $1 AND b.account_id = $2 AND b.ended_at IS NULL ORDER BY b.bound_at");
    /// A page of an organisation's standing bindings, newest first.
    LIST = concat!(binding_columns!(), matching!(), " ORDER BY b.bound_at DESC, b.id DESC LIMIT $6 OFFSET $7");
    /// How many there are.
    COUNT = concat!("SELECT COUNT(*) FROM binding b JOIN account a ON a.id = b.account_id", matching!());
    /// Bindings whose certificate ends between two instants, the nearest first.
    ENDING = "SELECT id, platform, organisation_id, account_id, key_number, provider_id, holder, not_after FROM binding \
        WHERE ended_at IS NULL AND not_after > $1 AND not_after <= $2 ORDER BY not_after, id LIMIT 10000";
    /// Bindings of a holder in an organisation, by its code or its name: what a renewed key may go on from.
    OF_HOLDER = concat!(binding_columns!(), " WHERE b.organisation_id IN (SELECT id FROM organisation WHERE platform = $1 AND (uscc = $4 OR name = $5)) \
        AND b.provider_id = $2 AND b.holder = $3 AND b.ended_at IS NULL ORDER BY b.bound_at LIMIT 50");
    /// Ends a binding.
    END = "UPDATE binding SET ended_at = $3, ended_by = $4, end_reason = $5 WHERE platform = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
    /// A line of a binding's history.
    REMEMBER = "INSERT INTO binding_history (binding_id, sequence, platform, at, event, by_role, by_id) \
        SELECT $1, COALESCE(MAX(sequence), 0) + 1, $2, $3, $4, $5, $6 FROM binding_history WHERE binding_id = $1";
    /// What was learnt about a key's revocation.
    NOTE_STANDING = "UPDATE binding SET standing = $4, standing_at = $5 WHERE platform = $1 AND provider_id = $2 AND key_number = $3 \
        AND ended_at IS NULL AND standing <> $4";
}

/// Writes a proof.
///
/// # Errors
/// Those of the database.
pub async fn insert_proof(
    connection: &mut AnyConnection,
    platform: &str,
    proof: &Proof,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_PROOF)
        .bind(proof.id.as_str())
        .bind(platform)
        .bind(proof.session.as_str())
        .bind(proof.account.as_str())
        .bind(proof.key_number.as_str())
        .bind(proof.provider.as_str())
        .bind(proof.holder.as_str())
        .bind(proof.organisation.as_str())
        .bind(proof.certificate.clone())
        .bind(proof.not_before.0)
        .bind(proof.not_after.0)
        .bind(proof.created_at.0)
        .bind(proof.expires_at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Uses a proof up, in the session that made it and before its time is over.
///
/// # Errors
/// Those of the database.
pub async fn use_proof(
    connection: &mut AnyConnection,
    platform: &str,
    proof: &Id,
    session: &Id,
    now: Timestamp,
) -> Result<Option<Proof>, StoreError> {
    let row = sqlx::query(USE_PROOF)
        .bind(platform)
        .bind(proof.as_str())
        .bind(session.as_str())
        .bind(now.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| read_proof(&row)).transpose()
}

/// Binds; `false` when the key number is bound to somebody already.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewBinding<'_>,
) -> Result<bool, StoreError> {
    let proof = new.proof;
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(proof.account.as_str())
        .bind(proof.key_number.as_str())
        .bind(proof.provider.as_str())
        .bind(proof.holder.as_str())
        .bind(proof.certificate.clone())
        .bind(proof.not_after.0)
        .bind(new.bound_by.as_str())
        .bind(new.at.0)
        .bind(if new.previous.is_some() {
            "renewed"
        } else {
            "bound"
        })
        .bind(new.previous.map(|id| id.as_str().to_owned()))
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    let event = if new.previous.is_some() {
        "continued"
    } else {
        "bound"
    };
    let by = By::Account(new.bound_by);
    remember(connection, new.platform, new.id, event, by, new.at).await?;
    Ok(true)
}

/// Writes a line of a binding's history.
pub(crate) async fn remember(
    connection: &mut AnyConnection,
    platform: &str,
    binding: &Id,
    event: &str,
    by: By<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(REMEMBER)
        .bind(binding.as_str())
        .bind(platform)
        .bind(at.0)
        .bind(event)
        .bind(by.role())
        .bind(by.id())
        .execute(connection)
        .await?;
    Ok(())
}

/// The standing binding of a key number, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn by_key_number(
    connection: &mut AnyConnection,
    platform: &str,
    key_number: &str,
) -> Result<Option<Binding>, StoreError> {
    let row = sqlx::query(BY_KEY_NUMBER)
        .bind(platform)
        .bind(key_number)
        .fetch_optional(connection)
        .await?;
    row.map(|row| read_binding(&row)).transpose()
}

/// Releases a binding; `false` when it does not stand.
///
/// # Errors
/// Those of the database.
pub async fn end(
    connection: &mut AnyConnection,
    platform: &str,
    binding: &Id,
    by: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let by = By::Account(by);
    end_for(connection, platform, binding, EndReason::Released, by, at).await
}

/// Ends a binding for a reason; `false` when it does not stand.
///
/// # Errors
/// Those of the database.
pub async fn end_for(
    connection: &mut AnyConnection,
    platform: &str,
    binding: &Id,
    reason: EndReason,
    by: By<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(END)
        .bind(platform)
        .bind(binding.as_str())
        .bind(at.0)
        .bind(by.id())
        .bind(reason.word())
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    remember(connection, platform, binding, reason.word(), by, at).await?;
    Ok(true)
}

/// The standing bindings of an account, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn of_account(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
) -> Result<Vec<Binding>, StoreError> {
    let rows = sqlx::query(OF_ACCOUNT)
        .bind(platform)
        .bind(account.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_binding).collect()
}

/// Standing bindings of a holder's keys in the organisation of a certificate, by its code or its name.
///
/// # Errors
/// Those of the database.
pub async fn of_holder(
    connection: &mut AnyConnection,
    platform: &str,
    provider: &str,
    holder: &str,
    uscc: &str,
    organisation: &str,
) -> Result<Vec<Binding>, StoreError> {
    let rows = sqlx::query(OF_HOLDER)
        .bind(platform)
        .bind(provider)
        .bind(holder)
        .bind(uscc)
        .bind(organisation)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_binding).collect()
}

/// Notes what was learnt about a key's revocation.
///
/// # Errors
/// Those of the database.
pub async fn note_standing(
    connection: &mut AnyConnection,
    platform: &str,
    provider: &str,
    key_number: &str,
    standing: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(NOTE_STANDING)
        .bind(platform)
        .bind(provider)
        .bind(key_number)
        .bind(standing)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// Bindings of every platform whose certificate ends within a span of time, at most 10,000.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn bindings_ending(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Ending>, StoreError> {
        let rows = sqlx::query(ENDING)
            .bind(after.0)
            .bind(until.0)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Ending {
                    id: id(row.try_get(0)?, "binding.id")?,
                    platform: row.try_get(1)?,
                    organisation: id(row.try_get(2)?, "binding.organisation_id")?,
                    account: id(row.try_get(3)?, "binding.account_id")?,
                    key_number: row.try_get(4)?,
                    provider: row.try_get(5)?,
                    holder: row.try_get(6)?,
                    not_after: Timestamp(row.try_get(7)?),
                })
            })
            .collect()
    }

    /// The standing binding of a key number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn binding_of_key(
        &self,
        platform: &str,
        key_number: &str,
    ) -> Result<Option<Binding>, StoreError> {
        let mut connection = self.read().acquire().await?;
        by_key_number(&mut connection, platform, key_number).await
    }

    /// A standing binding by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn binding(
        &self,
        platform: &str,
        binding: &Id,
    ) -> Result<Option<Binding>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(binding.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read_binding(&row)).transpose()
    }

    /// The standing bindings of an account, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn bindings_of(
        &self,
        platform: &str,
        account: &Id,
    ) -> Result<Vec<Binding>, StoreError> {
        let mut connection = self.read().acquire().await?;
        of_account(&mut connection, platform, account).await
    }

    /// A page of an organisation's standing bindings, newest first, and how many there are in all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn bindings(&self, filter: &Filter<'_>) -> Result<(Vec<Binding>, i64), StoreError> {
        let rows = sqlx::query(LIST)
            .bind(filter.platform)
            .bind(filter.organisation.as_str())
            .bind(filter.account)
            .bind(filter.person)
            .bind(filter.only.map_or("", Id::as_str))
            .bind(filter.limit)
            .bind(filter.offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(COUNT)
            .bind(filter.platform)
            .bind(filter.organisation.as_str())
            .bind(filter.account)
            .bind(filter.person)
            .bind(filter.only.map_or("", Id::as_str))
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        Ok((
            rows.iter().map(read_binding).collect::<Result<_, _>>()?,
            total,
        ))
    }

    /// A proof that could still be used, without using it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn proof(
        &self,
        platform: &str,
        proof: &Id,
        session: &Id,
        now: Timestamp,
    ) -> Result<Option<Proof>, StoreError> {
        let row = sqlx::query(PROOF)
            .bind(platform)
            .bind(proof.as_str())
            .bind(session.as_str())
            .bind(now.0)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read_proof(&row)).transpose()
    }
}

fn read_proof(row: &AnyRow) -> Result<Proof, StoreError> {
    Ok(Proof {
        id: id(row.try_get(0)?, "binding_proof.id")?,
        session: id(row.try_get(1)?, "binding_proof.session_id")?,
        account: id(row.try_get(2)?, "binding_proof.account_id")?,
        key_number: row.try_get(3)?,
        provider: row.try_get(4)?,
        holder: row.try_get(5)?,
        organisation: row.try_get(6)?,
        certificate: row.try_get(7)?,
        not_after: Timestamp(row.try_get(8)?),
        created_at: Timestamp(row.try_get(9)?),
        expires_at: Timestamp(row.try_get(10)?),
        not_before: Timestamp(row.try_get(11)?),
    })
}

pub(crate) fn read_binding(row: &AnyRow) -> Result<Binding, StoreError> {
    Ok(Binding {
        id: id(row.try_get(0)?, "binding.id")?,
        account: id(row.try_get(1)?, "binding.account_id")?,
        account_name: row.try_get(2)?,
        person: row.try_get(3)?,
        organisation: id(row.try_get(4)?, "binding.organisation_id")?,
        organisation_uscc: row.try_get(5)?,
        provider: row.try_get(6)?,
        key_number: row.try_get(7)?,
        certificate: row.try_get(8)?,
        not_after: Timestamp(row.try_get(9)?),
        bound_by: row.try_get(10)?,
        bound_at: Timestamp(row.try_get(11)?),
        organisation_name: row.try_get(12)?,
        holder: row.try_get(13)?,
        certificate_since: Timestamp(row.try_get(14)?),
        certificate_how: row.try_get(15)?,
        standing: row.try_get(16)?,
        previous: row
            .try_get::<Option<String>, _>(17)?
            .map(|text| id(text, "binding.previous_id"))
            .transpose()?,
    })
}
