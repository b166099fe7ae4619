//! Rows of forced unbindings. What may follow what is [`domain::binding::forced`]'s to say, and the table's.

use domain::binding::forced::{Facts, State};
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A forced unbinding with what its readers need of the binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Its id.
    pub id: Id,
    /// The binding that is to end.
    pub binding: Id,
    /// Its key number.
    pub key_number: String,
    /// Its provider.
    pub provider: String,
    /// The account that it is bound to.
    pub owner: Id,
    /// That account's login name.
    pub owner_name: String,
    /// Its organisation's name.
    pub owner_organisation: String,
    /// The owner's organisation.
    pub owner_organisation_id: Id,
    /// Who wants the key.
    pub account: Id,
    /// Their login name.
    pub account_name: String,
    /// Their person.
    pub person: String,
    /// Their organisation.
    pub organisation: Id,
    /// Its name.
    pub organisation_name: String,
    /// Why.
    pub reason: String,
    /// What decisions turn on.
    pub facts: Facts,
    /// Goes up with every change.
    pub version: i64,
    /// What the old owner said.
    pub objection: Option<String>,
    /// Why it was refused.
    pub rejection: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was sent in.
    pub submitted_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A new one.
#[derive(Clone, Debug)]
pub struct NewForced<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The binding.
    pub binding: &'a Id,
    /// Who wants the key.
    pub account: &'a Id,
    /// What proved that they hold it.
    pub proof: &'a Id,
    /// Why.
    pub reason: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A step in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What stood after it.
    pub state: String,
    /// `supplier`, `owner`, `operator` or `system`.
    pub by_role: String,
    /// What was said.
    pub note: Option<String>,
}

/// Who takes a step, and what they say.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// `supplier`, `owner`, `operator` or `system`.
    pub role: &'static str,
    /// The person.
    pub by: Option<&'a Id>,
    /// The note.
    pub note: Option<&'a str>,
}

macro_rules! columns {
    () => {
        "SELECT f.id, f.binding_id, b.key_number, b.provider_id, b.account_id, a.name, o.name, b.organisation_id, f.account_id, w.name, \
         w.person, w.organisation_id, v.name, f.reason, f.state, f.first_by, f.second_by, f.overruled_by, f.waits_until, f.version, \
         f.objection, f.rejection, f.created_at, f.submitted_at, f.ended_at \
         FROM forced_unbinding f JOIN binding b ON b.id = f.binding_id JOIN account a ON a.id = b.account_id \
         JOIN organisation o ON o.id = b.organisation_id JOIN account w ON w.id = f.account_id JOIN organisation v ON v.id = w.organisation_id"
    };
}

crate::statements! {
    /// Begins one; no row comes back where one is open.
    INSERT = "INSERT INTO forced_unbinding (id, platform, binding_id, account_id, proof_id, reason, state, version, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 'draft', 1, $7) \
        ON CONFLICT (binding_id, account_id) WHERE state IN ('draft', 'submitted', 'first_approved', 'waiting', 'objected') DO NOTHING RETURNING id";
    /// Locks it.
    LOCK = "UPDATE forced_unbinding SET version = version + 1 WHERE platform = $1 AND id = $2 RETURNING id";
    /// One.
    BY_ID = concat!(columns!(), " WHERE f.platform = $1 AND f.id = $2");
    /// An account's own, and those against its bindings once they were sent in.
    OF_ACCOUNT = concat!(columns!(), " WHERE f.platform = $1 AND (f.account_id = $2 OR (b.account_id = $2 AND f.state NOT IN ('draft', 'withdrawn'))) \
        ORDER BY f.created_at DESC, f.id DESC LIMIT 100");
    /// The operators' queue.
    QUEUE = concat!(columns!(), " WHERE f.platform = $1 AND f.state <> 'draft' AND ($2 = '' OR f.state = $2) ORDER BY f.submitted_at DESC, f.id DESC \
        LIMIT $3 OFFSET $4");
    /// How many there are.
    COUNT = "SELECT COUNT(*) FROM forced_unbinding f WHERE f.platform = $1 AND f.state <> 'draft' AND ($2 = '' OR f.state = $2)";
    /// Writes where it stands.
    STEP = "UPDATE forced_unbinding SET state = $3, first_by = $4, second_by = $5, overruled_by = $6, waits_until = $7, \
        first_at = CASE WHEN CAST($4 AS TEXT) IS NOT NULL AND first_at IS NULL THEN $8 ELSE first_at END, \
        second_at = CASE WHEN CAST($5 AS TEXT) IS NOT NULL AND second_at IS NULL THEN $8 ELSE second_at END, \
        submitted_at = CASE WHEN $3 = 'submitted' THEN $8 ELSE submitted_at END, \
        ended_at = CASE WHEN $3 IN ('done', 'rejected', 'withdrawn') THEN $8 ELSE NULL END, \
        objection = CASE WHEN $3 = 'objected' THEN $9 ELSE objection END, objected_by = CASE WHEN $3 = 'objected' THEN $10 ELSE objected_by END, \
        objected_at = CASE WHEN $3 = 'objected' THEN $8 ELSE objected_at END, \
        rejection = CASE WHEN $3 = 'rejected' THEN $9 ELSE NULL END, rejected_by = CASE WHEN $3 = 'rejected' THEN $10 ELSE NULL END \
        WHERE platform = $1 AND id = $2";
    /// A line of its history.
    REMEMBER = "INSERT INTO forced_unbinding_history (forced_id, sequence, platform, at, state, by_role, by_id, note) \
        SELECT $1, COALESCE(MAX(sequence), 0) + 1, $2, $3, $4, $5, $6, $7 FROM forced_unbinding_history WHERE forced_id = $1";
    /// Its history.
    HISTORY = "SELECT at, state, by_role, note FROM forced_unbinding_history WHERE platform = $1 AND forced_id = $2 ORDER BY sequence";
    /// The latest proof by an account of holding a key.
    PROVED = "SELECT id FROM binding_proof WHERE platform = $1 AND account_id = $2 AND key_number = $3 AND created_at > $4 ORDER BY created_at DESC LIMIT 1";
}

fn optional(text: Option<String>, column: &'static str) -> Result<Option<Id>, StoreError> {
    text.map(|text| id(text, column)).transpose()
}

fn read(row: &AnyRow) -> Result<Forced, StoreError> {
    let state: String = row.try_get(14)?;
    let time =
        |at| -> Result<_, StoreError> { Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp)) };
    Ok(Forced {
        id: id(row.try_get(0)?, "forced_unbinding.id")?,
        binding: id(row.try_get(1)?, "forced_unbinding.binding_id")?,
        key_number: row.try_get(2)?,
        provider: row.try_get(3)?,
        owner: id(row.try_get(4)?, "binding.account_id")?,
        owner_name: row.try_get(5)?,
        owner_organisation: row.try_get(6)?,
        owner_organisation_id: id(row.try_get(7)?, "binding.organisation_id")?,
        account: id(row.try_get(8)?, "forced_unbinding.account_id")?,
        account_name: row.try_get(9)?,
        person: row.try_get(10)?,
        organisation: id(row.try_get(11)?, "account.organisation_id")?,
        organisation_name: row.try_get(12)?,
        reason: row.try_get(13)?,
        facts: Facts {
            state: State::of(&state).ok_or(StoreError::Impossible("forced_unbinding.state"))?,
            first_by: optional(row.try_get(15)?, "forced_unbinding.first_by")?,
            second_by: optional(row.try_get(16)?, "forced_unbinding.second_by")?,
            overruled_by: optional(row.try_get(17)?, "forced_unbinding.overruled_by")?,
            waits_until: time(18)?,
        },
        version: row.try_get(19)?,
        objection: row.try_get(20)?,
        rejection: row.try_get(21)?,
        created_at: Timestamp(row.try_get(22)?),
        submitted_at: time(23)?,
        ended_at: time(24)?,
    })
}

/// Begins one; `false` where the account has one open for this binding.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewForced<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.binding.as_str())
        .bind(new.account.as_str())
        .bind(new.proof.as_str())
        .bind(new.reason)
        .bind(new.at.0)
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    let said = Said {
        role: "supplier",
        by: Some(new.account),
        note: None,
    };
    remember(connection, new.platform, new.id, State::Draft, said, new.at).await?;
    Ok(true)
}

async fn remember(
    connection: &mut AnyConnection,
    platform: &str,
    forced: &Id,
    state: State,
    said: Said<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(REMEMBER)
        .bind(forced.as_str())
        .bind(platform)
        .bind(at.0)
        .bind(state.word())
        .bind(said.role)
        .bind(said.by.map(|id| id.as_str().to_owned()))
        .bind(said.note.map(str::to_owned))
        .execute(connection)
        .await?;
    Ok(())
}

/// One, locked for the rest of the transaction.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    forced: &Id,
) -> Result<Option<Forced>, StoreError> {
    let locked = sqlx::query(LOCK)
        .bind(platform)
        .bind(forced.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    if locked.is_none() {
        return Ok(None);
    }
    let row = sqlx::query(BY_ID)
        .bind(platform)
        .bind(forced.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// Writes where it stands now, and a line of its history.
///
/// # Errors
/// Those of the database, among them a step that the table's rules refuse.
pub async fn step(
    connection: &mut AnyConnection,
    platform: &str,
    forced: &Id,
    facts: &Facts,
    said: Said<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let text = |id: &Option<Id>| id.as_ref().map(|id| id.as_str().to_owned());
    sqlx::query(STEP)
        .bind(platform)
        .bind(forced.as_str())
        .bind(facts.state.word())
        .bind(text(&facts.first_by))
        .bind(text(&facts.second_by))
        .bind(text(&facts.overruled_by))
        .bind(facts.waits_until.map(|at| at.0))
        .bind(at.0)
        .bind(said.note.map(str::to_owned))
        .bind(said.by.map(|id| id.as_str().to_owned()))
        .execute(&mut *connection)
        .await?;
    remember(connection, platform, forced, facts.state, said, at).await
}

impl Store {
    /// One.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forced(&self, platform: &str, forced: &Id) -> Result<Option<Forced>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(forced.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// What an account asked for, and what is asked against it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forced_of(&self, platform: &str, account: &Id) -> Result<Vec<Forced>, StoreError> {
        let rows = sqlx::query(OF_ACCOUNT)
            .bind(platform)
            .bind(account.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// A page of the operators' queue, and how many there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forced_queue(
        &self,
        platform: &str,
        state: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Forced>, i64), StoreError> {
        let rows = sqlx::query(QUEUE)
            .bind(platform)
            .bind(state)
            .bind(limit)
            .bind(offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(COUNT)
            .bind(platform)
            .bind(state)
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total))
    }

    /// Its history, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forced_history(
        &self,
        platform: &str,
        forced: &Id,
    ) -> Result<Vec<Step>, StoreError> {
        let rows = sqlx::query(HISTORY)
            .bind(platform)
            .bind(forced.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Step {
                    at: Timestamp(row.try_get(0)?),
                    state: row.try_get(1)?,
                    by_role: row.try_get(2)?,
                    note: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// The latest proof by an account of holding a key, not older than an instant.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn proved(
        &self,
        platform: &str,
        account: &Id,
        key_number: &str,
        since: Timestamp,
    ) -> Result<Option<Id>, StoreError> {
        let row = sqlx::query(PROVED)
            .bind(platform)
            .bind(account.as_str())
            .bind(key_number)
            .bind(since.0)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| id(row.try_get(0)?, "binding_proof.id"))
            .transpose()
    }
}
