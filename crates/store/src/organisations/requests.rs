//! What organisations ask for and operators decide (正式供应商, 信息变更, 区划变更), with each step of it.

use domain::organisation::{Kind, State};
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub organisation: Id,
    /// Its name.
    pub organisation_name: String,
    /// Its code.
    pub organisation_uscc: String,
    /// What is asked for.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Goes up with every change.
    pub version: i64,
    /// What is asked for, as JSON.
    pub proposal: String,
    /// What stood when it was sent in, as JSON.
    pub before: String,
    /// A word to the reviewer.
    pub note: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was sent in.
    pub submitted_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// What the reviewer said.
    pub decision_note: Option<String>,
}

/// A line of a request's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What stood after it.
    pub state: String,
    /// `supplier` or `operator`.
    pub by_role: String,
    /// What was said.
    pub note: Option<String>,
}

/// A new request.
#[derive(Clone, Debug)]
pub struct NewRequest<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Whose.
    pub organisation: &'a Id,
    /// What is asked for.
    pub kind: Kind,
    /// As JSON.
    pub proposal: &'a str,
    /// What stands, as JSON.
    pub before: &'a str,
    /// A word to the reviewer.
    pub note: &'a str,
    /// Who begins it.
    pub by: &'a Id,
    /// Now.
    pub at: Timestamp,
}

/// A step of a request.
#[derive(Clone, Debug)]
pub struct Stepped<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The request.
    pub request: &'a Id,
    /// Its state from now on.
    pub state: State,
    /// The operator who decided; nobody for a supplier's step.
    pub operator: Option<&'a Id>,
    /// Who takes it.
    pub by: &'a Id,
    /// What they say.
    pub note: Option<&'a str>,
    /// What stands now, as JSON, when it is sent in.
    pub before: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

macro_rules! request_columns {
    () => {
        "SELECT r.id, r.organisation_id, o.name, o.uscc, r.kind, r.state, r.version, r.proposal, r.before, r.note, r.created_at, r.submitted_at, \
         r.decided_at, r.decision_note FROM change_request r JOIN organisation o ON o.id = r.organisation_id"
    };
}

crate::statements! {
    /// A new request; no row comes back when one of its kind is open.
    INSERT = "INSERT INTO change_request (id, platform, organisation_id, kind, state, version, proposal, before, note, created_by, created_at) \
        VALUES ($1, $2, $3, $4, 'draft', 1, $5, $6, $7, $8, $9) \
        ON CONFLICT (organisation_id, kind) WHERE state IN ('draft', 'submitted', 'returned') DO NOTHING RETURNING id";
    /// Changes one that was not changed since.
    EDIT = "UPDATE change_request SET proposal = $4, note = $5, version = version + 1 WHERE platform = $1 AND id = $2 AND version = $3 \
        AND state IN ('draft', 'returned') RETURNING id";
    /// Locks one.
    LOCK_REQUEST = "UPDATE change_request SET version = version + 1 WHERE platform = $1 AND id = $2 RETURNING id";
    /// One.
    REQUEST = concat!(request_columns!(), " WHERE r.platform = $1 AND r.id = $2");
    /// An organisation's, newest first.
    REQUESTS = concat!(request_columns!(), " WHERE r.platform = $1 AND r.organisation_id = $2 ORDER BY r.created_at DESC, r.id DESC LIMIT 200");
    /// The operators' queue.
    QUEUE = concat!(request_columns!(), " WHERE r.platform = $1 AND r.submitted_at IS NOT NULL AND ($2 = '' OR r.state = $2) \
        ORDER BY r.submitted_at DESC, r.id DESC LIMIT $3 OFFSET $4");
    /// How many.
    QUEUE_COUNT = "SELECT COUNT(*) FROM change_request r WHERE r.platform = $1 AND r.submitted_at IS NOT NULL AND ($2 = '' OR r.state = $2)";
    /// A step.
    STEP = "UPDATE change_request SET state = $3, submitted_at = CASE WHEN CAST($3 AS TEXT) = 'submitted' THEN CAST($4 AS BIGINT) ELSE submitted_at END, before = COALESCE($7, before), \
        decided_by = COALESCE($5, decided_by), decided_at = CASE WHEN CAST($5 AS TEXT) IS NULL THEN decided_at ELSE CAST($4 AS BIGINT) END, decision_note = CASE WHEN CAST($5 AS TEXT) IS NULL THEN decision_note ELSE $6 END \
        WHERE platform = $1 AND id = $2";
    /// A line of its history.
    REMEMBER = "INSERT INTO change_request_history (request_id, sequence, platform, at, state, by_role, by_id, note) \
        SELECT $1, COALESCE(MAX(sequence), 0) + 1, $2, $3, $4, $5, $6, $7 FROM change_request_history WHERE request_id = $1";
    /// Its history.
    HISTORY = "SELECT at, state, by_role, note FROM change_request_history WHERE platform = $1 AND request_id = $2 ORDER BY sequence";
}

fn read_request(row: &AnyRow) -> Result<Request, StoreError> {
    let time =
        |at| -> Result<_, StoreError> { Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp)) };
    Ok(Request {
        id: id(row.try_get(0)?, "change_request.id")?,
        organisation: id(row.try_get(1)?, "change_request.organisation_id")?,
        organisation_name: row.try_get(2)?,
        organisation_uscc: row.try_get(3)?,
        kind: Kind::of(&row.try_get::<String, _>(4)?)
            .ok_or(StoreError::Impossible("change_request.kind"))?,
        state: State::of(&row.try_get::<String, _>(5)?)
            .ok_or(StoreError::Impossible("change_request.state"))?,
        version: row.try_get(6)?,
        proposal: row.try_get(7)?,
        before: row.try_get(8)?,
        note: row.try_get(9)?,
        created_at: Timestamp(row.try_get(10)?),
        submitted_at: time(11)?,
        decided_at: time(12)?,
        decision_note: row.try_get(13)?,
    })
}

/// Begins a request; `false` when one of its kind is open.
///
/// # Errors
/// Those of the database.
pub async fn insert_request(
    connection: &mut AnyConnection,
    new: &NewRequest<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(new.kind.word())
        .bind(new.proposal)
        .bind(new.before)
        .bind(new.note)
        .bind(new.by.as_str())
        .bind(new.at.0)
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    let begun = Stepped {
        platform: new.platform,
        request: new.id,
        state: State::Draft,
        operator: None,
        by: new.by,
        note: None,
        before: None,
        at: new.at,
    };
    remember(connection, &begun).await?;
    Ok(true)
}

async fn remember(connection: &mut AnyConnection, step: &Stepped<'_>) -> Result<(), StoreError> {
    let role = if step.operator.is_some() {
        "operator"
    } else {
        "supplier"
    };
    sqlx::query(REMEMBER)
        .bind(step.request.as_str())
        .bind(step.platform)
        .bind(step.at.0)
        .bind(step.state.word())
        .bind(role)
        .bind(step.by.as_str())
        .bind(step.note.map(str::to_owned))
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes a draft; `false` when somebody changed it since.
///
/// # Errors
/// Those of the database.
pub async fn edit_request(
    connection: &mut AnyConnection,
    platform: &str,
    request: &Id,
    version: i64,
    proposal: &str,
    note: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(EDIT)
        .bind(platform)
        .bind(request.as_str())
        .bind(version)
        .bind(proposal)
        .bind(note)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// A request, locked for the rest of the transaction.
///
/// # Errors
/// Those of the database.
pub async fn lock_request(
    connection: &mut AnyConnection,
    platform: &str,
    request: &Id,
) -> Result<Option<Request>, StoreError> {
    let locked = sqlx::query(LOCK_REQUEST)
        .bind(platform)
        .bind(request.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    if locked.is_none() {
        return Ok(None);
    }
    let row = sqlx::query(REQUEST)
        .bind(platform)
        .bind(request.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read_request(&row)).transpose()
}

/// Writes a step and its line in the history.
///
/// # Errors
/// Those of the database.
pub async fn step_request(
    connection: &mut AnyConnection,
    step: &Stepped<'_>,
) -> Result<(), StoreError> {
    sqlx::query(STEP)
        .bind(step.platform)
        .bind(step.request.as_str())
        .bind(step.state.word())
        .bind(step.at.0)
        .bind(step.operator.map(|id| id.as_str().to_owned()))
        .bind(step.note.map(str::to_owned))
        .bind(step.before.map(str::to_owned))
        .execute(&mut *connection)
        .await?;
    remember(connection, step).await
}

impl Store {
    /// A request.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_request(
        &self,
        platform: &str,
        request: &Id,
    ) -> Result<Option<Request>, StoreError> {
        let row = sqlx::query(REQUEST)
            .bind(platform)
            .bind(request.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read_request(&row)).transpose()
    }

    /// An organisation's requests, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_requests_of(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Request>, StoreError> {
        let rows = sqlx::query(REQUESTS)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read_request).collect()
    }

    /// A page of the operators' queue, and how many there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_request_queue(
        &self,
        platform: &str,
        state: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Request>, i64), StoreError> {
        let rows = sqlx::query(QUEUE)
            .bind(platform)
            .bind(state)
            .bind(limit)
            .bind(offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(QUEUE_COUNT)
            .bind(platform)
            .bind(state)
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        Ok((
            rows.iter().map(read_request).collect::<Result<_, _>>()?,
            total,
        ))
    }

    /// A request's history, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change_request_history(
        &self,
        platform: &str,
        request: &Id,
    ) -> Result<Vec<Step>, StoreError> {
        let rows = sqlx::query(HISTORY)
            .bind(platform)
            .bind(request.as_str())
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
}
