//! The job that follows what the CA was asked: a revocation, a suspension, a resumption is done when the CA says so.

use domain::application::Event;
use domain::{Id, Span, Timestamp};
use issuer::order::Refusal;
use store::jobs::{self, Job, NewJob};
use store::orders::{Order, OrderState};
use store::{Deed, StoreError, Tx};

use super::step::{Context, FOLLOW_ORDER};
use crate::AppState;

/// How soon an order that waits is looked at again.
const AGAIN: Span = Span::seconds(5);

/// Looks at the job's order once: ends the application, or comes back later.
///
/// # Errors
/// Those of the database.
pub async fn follow(state: &AppState, job: &Job) -> Result<(), StoreError> {
    let order = match job.subject.parse::<Id>() {
        Ok(id) => state.store.order(&job.platform, &id).await?,
        Err(_) => None,
    };
    let rules = state.current_rules();
    let deed = Follow {
        context: Context::of_system(state, &job.platform, &rules),
        job,
        order: order.as_ref(),
        now: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(())
}

struct Follow<'a> {
    context: Context<'a>,
    job: &'a Job,
    order: Option<&'a Order>,
    now: Timestamp,
}

impl Deed for Follow<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if !jobs::finish(tx.connection(), self.job, self.now).await? {
            return Ok(Ok(()));
        }
        let Some(order) = self.order else {
            return Ok(Ok(()));
        };
        let (event, note) = match &order.state {
            OrderState::Waiting => {
                let id = self.context.state.new_id();
                let next = NewJob {
                    id: &id,
                    platform: &self.job.platform,
                    kind: FOLLOW_ORDER,
                    subject: &self.job.subject,
                    due_at: self.now + AGAIN,
                };
                jobs::schedule(tx.connection(), &next).await?;
                return Ok(Ok(()));
            }
            OrderState::Done { .. } => (Event::OrderDone, None),
            OrderState::Refused { refusal, .. } => {
                let text =
                    Refusal::from_code(refusal).map_or("CA 未受理", |known| known.text().0);
                (Event::OrderRefused, Some(text))
            }
        };
        let Ok(id) = order.application.parse::<Id>() else {
            return Ok(Ok(()));
        };
        if let Ok(mut application) = self.context.lock(tx, &id).await? {
            if event == Event::OrderRefused {
                application.rejection = note.map(str::to_owned);
            }
            // A refusal of the machine means that it was followed before: there is nothing more to do.
            let _ = self
                .context
                .advance(tx, &mut application, &event, note)
                .await?;
        }
        Ok(Ok(()))
    }
}
