//! Work that is due: claimed one by one with a lease, done in a transaction that also ends the job.
//!
//! Any number of servers work side by side. Whoever loses its lease meanwhile writes nothing: the job's end and its
//! deed are one transaction, and the end asks whether the claim still holds.

use std::time::Duration;

use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::jobs::{self, Job};
use store::notices::{self, NewNotice};
use store::{Deed, StoreError, Tx, deadlines};

use crate::AppState;
use crate::applications::{orders, reminders, step};
use crate::http::deadlines::JOB as REMIND;
use crate::http::forced_unbindings;
use crate::http::time::rfc3339;
use crate::payments::query;
use crate::status::presign;

/// How often the table is looked at where nobody says that something changed.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// Jobs that are worked through in one go.
const BATCH: usize = 200;

/// Works until the process ends.
pub async fn work(state: AppState) {
    if let Err(error) = reminders::schedule(&state).await {
        tracing::warn!(%error, "the daily sweep could not be scheduled");
    }
    loop {
        if let Err(error) = run_due(&state).await {
            tracing::warn!(%error, "due work was put off");
        }
        // Whichever comes first: somebody scheduled something, or it is time to look.
        let _ = tokio::time::timeout(LOOK_EVERY, state.jobs_changed.notified()).await;
    }
}

/// Does what is due now; says how many jobs were done.
///
/// # Errors
/// Those of the database. What was claimed is claimed again once its lease has ended.
pub async fn run_due(state: &AppState) -> Result<usize, StoreError> {
    let mut done = 0;
    while done < BATCH {
        let claim = state.new_id();
        let Some(job) = state.store.claim_job(&claim, state.now()).await? else {
            break;
        };
        match job.kind.as_str() {
            REMIND => {
                let deed = Remind {
                    job: &job,
                    notice: state.new_id(),
                    entry: state.new_id(),
                    now: state.now(),
                };
                let Ok(()) = state.store.perform(&deed).await?;
            }
            presign::JOB => presign::run(state, &job).await?,
            step::FOLLOW_ORDER => orders::follow(state, &job).await?,
            query::JOB => query::run(state, &job).await?,
            forced_unbindings::JOB => forced_unbindings::time_over(state, &job).await?,
            reminders::SWEEP => reminders::sweep(state, &job).await?,
            // A newer server scheduled it and will do it; here it waits until its lease has ended.
            other => tracing::warn!(kind = other, "a job of an unknown kind was left"),
        }
        done += 1;
    }
    Ok(done)
}

/// 截止前三个工作日: tells whoever set the deadline.
struct Remind<'a> {
    job: &'a Job,
    notice: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Remind<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let platform = self.job.platform.as_str();
        if !jobs::finish(tx.connection(), self.job, self.now).await? {
            return Ok(Ok(()));
        }
        let Some(deadline) = deadlines::by_id(tx.connection(), platform, &self.job.subject).await?
        else {
            return Ok(Ok(()));
        };
        // A server that was down over a deadline has nothing to remind of.
        if deadline.at <= self.now {
            return Ok(Ok(()));
        }
        let facts = serde_json::json!({ "name": deadline.name, "at": rfc3339(deadline.at) });
        let notice = NewNotice {
            id: &self.notice,
            platform,
            account: &deadline.account,
            kind: "deadline_near",
            subject: deadline.id.as_str(),
            facts: &facts.to_string(),
            at: self.now,
        };
        if notices::tell(tx.connection(), &notice).await? {
            deadlines::reminded(tx.connection(), platform, &deadline.id, self.now).await?;
            tx.record(&Entry {
                id: self.entry.clone(),
                platform: platform.to_owned(),
                at: self.now,
                action: "deadline.reminded".into(),
                actor: None,
                subject: Some(deadline.id.to_string()),
                detail: "{}".into(),
            })
            .await?;
        }
        Ok(Ok(()))
    }
}
