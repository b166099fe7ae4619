//! Making answers ahead: a job for each issuing authority, which schedules itself again.

use domain::{Id, Span, Timestamp};
use store::jobs::{self, Job, NewJob};
use store::status::{self, Presigned};
use store::{Deed, StoreError, Tx};

use super::ocsp;
use crate::AppState;
use crate::authority::AuthorityError;

/// The kind of the job; its subject is the authority's id.
pub const JOB: &str = "ocsp.presign";
/// Answers made in one go, well within a lease.
const BATCH: i64 = 100;
/// When to look again where everything is made.
const PAUSE: Span = Span::minutes(10);
/// Authorities belong to no platform.
const NO_PLATFORM: &str = "-";

/// Schedules the job of every issuing authority that has none.
///
/// # Errors
/// Those of the database.
pub async fn schedule(state: &AppState) -> Result<(), StoreError> {
    for authority in state.store.issuing_authorities().await? {
        let deed = Schedule {
            id: state.new_id(),
            authority: &authority,
            now: state.now(),
        };
        let Ok(()) = state.store.perform(&deed).await?;
    }
    state.jobs_changed.notify_one();
    Ok(())
}

/// Makes what is due, at most a batch.
///
/// # Errors
/// Those of the database; what else fails is tried again after a pause.
pub async fn run(state: &AppState, job: &Job) -> Result<(), StoreError> {
    let now = state.now();
    let (answers, pause) = match make(state, &job.subject, now).await {
        Ok(answers) if answers.len() as i64 == BATCH => (answers, Span::seconds(0)),
        Ok(answers) => (answers, PAUSE),
        Err(AuthorityError::Store(error)) => return Err(error),
        Err(error) => {
            tracing::warn!(authority = job.subject, %error, "answers could not be made ahead");
            (Vec::new(), PAUSE)
        }
    };
    let deed = Keep {
        answers: &answers,
        job,
        next: state.new_id(),
        due_at: now + pause,
        now,
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(())
}

async fn make(
    state: &AppState,
    authority: &str,
    now: Timestamp,
) -> Result<Vec<Presigned>, AuthorityError> {
    let desk = ocsp::open(state, authority).await?;
    let due = state.store.to_presign(authority, now, BATCH).await?;
    let making = move || {
        due.iter()
            .map(|status| desk.ahead(status, now))
            .collect::<Result<Vec<_>, _>>()
    };
    // A hundred signatures: not where requests are answered.
    tokio::task::spawn_blocking(making)
        .await
        .map_err(|_| AuthorityError::Key(pki::SignError::Failed))?
}

struct Schedule<'a> {
    id: Id,
    authority: &'a str,
    now: Timestamp,
}

impl Deed for Schedule<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let job = NewJob {
            id: &self.id,
            platform: NO_PLATFORM,
            kind: JOB,
            subject: self.authority,
            due_at: self.now,
        };
        jobs::schedule(tx.connection(), &job).await?;
        Ok(Ok(()))
    }
}

struct Keep<'a> {
    answers: &'a [Presigned],
    job: &'a Job,
    next: Id,
    due_at: Timestamp,
    now: Timestamp,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if !jobs::finish(tx.connection(), self.job, self.now).await? {
            return Ok(Ok(()));
        }
        for answer in self.answers {
            status::keep_presigned(tx.connection(), answer).await?;
        }
        let job = NewJob {
            id: &self.next,
            platform: NO_PLATFORM,
            kind: JOB,
            subject: &self.job.subject,
            due_at: self.due_at,
        };
        jobs::schedule(tx.connection(), &job).await?;
        Ok(Ok(()))
    }
}
