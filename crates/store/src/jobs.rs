//! Work for later: rows, scheduled in the transaction that needs them, claimed with a lease.
//!
//! A claim is one statement: it takes the row's lock and looks at the lease again under it, so two servers never hold
//! the same job. A server that dies leaves a lease that ends; whoever claims next does the work, and what the work
//! writes is written once, by constraints of its own.

use domain::{Id, Span, Timestamp};
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// How long a claimed job belongs to its claimant.
pub const LEASE: Span = Span::minutes(2);

/// A claimed job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Id,
    /// The platform.
    pub platform: String,
    /// What is to be done, a stable word.
    pub kind: String,
    /// The row that it is done for.
    pub subject: String,
    /// When it was due.
    pub due_at: Timestamp,
    /// The claim that it is held by.
    pub lease: Id,
}

/// A new job.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// What is to be done.
    pub kind: &'a str,
    /// The row that it is done for.
    pub subject: &'a str,
    /// When.
    pub due_at: Timestamp,
}

crate::statements! {
    /// Schedules; one open job for one kind and subject.
    SCHEDULE = "INSERT INTO job (id, platform, kind, subject, due_at, attempts) VALUES ($1, $2, $3, $4, $5, 0) \
        ON CONFLICT (kind, subject) WHERE done_at IS NULL DO NOTHING RETURNING id";
    /// Claims the job that is due longest. The lease is compared again under the row's lock.
    CLAIM = "UPDATE job SET lease = $2, lease_until = $3, attempts = attempts + 1 \
        WHERE id = (SELECT id FROM job WHERE done_at IS NULL AND due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) \
        ORDER BY due_at, id LIMIT 1) AND done_at IS NULL AND (lease_until IS NULL OR lease_until <= $1) \
        RETURNING id, platform, kind, subject, due_at";
    /// Ends a job that is still held by this claim.
    FINISH = "UPDATE job SET done_at = $3 WHERE id = $1 AND lease = $2 AND done_at IS NULL RETURNING id";
    /// Takes a job back before it was done.
    CANCEL = "UPDATE job SET done_at = $3 WHERE kind = $1 AND subject = $2 AND done_at IS NULL";
}

/// Schedules a job in the transaction that needs it; `false` when one is open for the same thing.
///
/// # Errors
/// Those of the database.
pub async fn schedule(
    connection: &mut AnyConnection,
    new: &NewJob<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(SCHEDULE)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.kind)
        .bind(new.subject)
        .bind(new.due_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Ends a job in the transaction of its deed; `false` when the claim was lost meanwhile, and then nothing may be written.
///
/// # Errors
/// Those of the database.
pub async fn finish(
    connection: &mut AnyConnection,
    job: &Job,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(FINISH)
        .bind(job.id.as_str())
        .bind(job.lease.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Takes a job back.
///
/// # Errors
/// Those of the database.
pub async fn cancel(
    connection: &mut AnyConnection,
    kind: &str,
    subject: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(CANCEL)
        .bind(kind)
        .bind(subject)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// Claims a job that is due, for [`LEASE`]; nothing when none is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_job(&self, lease: &Id, now: Timestamp) -> Result<Option<Job>, StoreError> {
        let row = sqlx::query(CLAIM)
            .bind(now.0)
            .bind(lease.as_str())
            .bind((now + LEASE).0)
            .fetch_optional(&self.pools.write)
            .await?;
        row.map(|row| {
            Ok(Job {
                id: id(row.try_get(0)?, "job.id")?,
                platform: row.try_get(1)?,
                kind: row.try_get(2)?,
                subject: row.try_get(3)?,
                due_at: Timestamp(row.try_get(4)?),
                lease: lease.clone(),
            })
        })
        .transpose()
    }
}
