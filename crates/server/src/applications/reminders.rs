//! Certificates that are about to end: a notice 90, 30, 7 and 1 days before, and what open business it would disturb.
//!
//! A certificate's notice is one row for each threshold, by a constraint of the database: it is given once, whichever
//! server sweeps, and also where the key is released and bound again meanwhile. A server that was down over a threshold
//! tells on the next sweep, with the days that are left then.

use domain::{Id, Span, Timestamp};
use store::applications::disturbed::{Asked, OpenBusiness};
use store::bindings::Ending;
use store::jobs::{self, Job, NewJob};
use store::notices::{self, NewNotice};
use store::{Deed, StoreError, Tx};

use crate::AppState;
use crate::http::time::rfc3339;

/// The kind of the job that sweeps over all bindings once a day.
pub const SWEEP: &str = "certificate_sweep";
/// Days before the end at which a holder is told.
const DAYS: [i64; 4] = [90, 30, 7, 1];
/// In seconds.
const DAY: i64 = 86_400;
/// How soon the sweep comes again.
const DAILY: Span = Span::hours(24);

/// Schedules the sweep where none is.
///
/// # Errors
/// Those of the database.
pub async fn schedule(state: &AppState) -> Result<(), StoreError> {
    let deed = Schedule {
        id: state.new_id(),
        at: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(())
}

struct Schedule {
    id: Id,
    at: Timestamp,
}

impl Deed for Schedule {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let job = NewJob {
            id: &self.id,
            platform: "-",
            kind: SWEEP,
            subject: "all",
            due_at: self.at,
        };
        jobs::schedule(tx.connection(), &job).await?;
        Ok(Ok(()))
    }
}

/// Tells every holder whose certificate ends soon, each threshold once, and comes back tomorrow.
///
/// # Errors
/// Those of the database.
pub async fn sweep(state: &AppState, job: &Job) -> Result<(), StoreError> {
    let now = state.now();
    let horizon = now + Span::hours(24 * DAYS[0]);
    let ending = state.store.bindings_ending(now, horizon).await?;
    for binding in &ending {
        let left = binding.not_after.since(now).whole_seconds();
        // The nearest threshold that was reached: whoever missed the earlier ones is told once.
        let Some(days) = DAYS.iter().rev().find(|days| left <= **days * DAY) else {
            continue;
        };
        let asked = Asked {
            platform: &binding.platform,
            organisation: &binding.organisation,
            key_number: &binding.key_number,
            // A deadline after the end is the worst: the bid can't be opened or sealed then.
            from: binding.not_after,
            now,
        };
        let business = state.store.open_business(&asked).await?;
        let deed = Tell {
            binding,
            threshold: *days,
            left: (left + DAY - 1) / DAY,
            business: &business,
            id: state.new_id(),
            now,
        };
        let Ok(()) = state.store.perform(&deed).await?;
    }
    let deed = Again {
        job,
        id: state.new_id(),
        now,
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(())
}

struct Tell<'a> {
    binding: &'a Ending,
    threshold: i64,
    /// Days, begun ones counted whole.
    left: i64,
    business: &'a OpenBusiness,
    id: Id,
    now: Timestamp,
}

impl Deed for Tell<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let binding = self.binding;
        let facts = serde_json::json!({
            "key_number": binding.key_number, "provider": binding.provider, "holder": binding.holder,
            "not_after": rfc3339(binding.not_after), "days": self.left,
            "open": { "drafts": self.business.drafts, "applications": self.business.applications,
                "deadlines": self.business.deadlines },
        });
        let subject = format!(
            "{}:{}:{}:{}",
            binding.provider,
            binding.key_number,
            binding.not_after.seconds(),
            self.threshold
        );
        let notice = NewNotice {
            id: &self.id,
            platform: &binding.platform,
            account: &binding.account,
            kind: "certificate_ending",
            subject: &subject,
            facts: &facts.to_string(),
            at: self.now,
        };
        notices::tell(tx.connection(), &notice).await?;
        Ok(Ok(()))
    }
}

struct Again<'a> {
    job: &'a Job,
    id: Id,
    now: Timestamp,
}

impl Deed for Again<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if jobs::finish(tx.connection(), self.job, self.now).await? {
            let next = NewJob {
                id: &self.id,
                platform: "-",
                kind: SWEEP,
                subject: "all",
                due_at: self.now + DAILY,
            };
            jobs::schedule(tx.connection(), &next).await?;
        }
        Ok(Ok(()))
    }
}
