//! CA 证书申领 and what comes after it: an application from draft to 已生效, as a pure machine.
//!
//! `(facts, event, actor, policy) → (facts, effects) | refusal`. The server loads the facts, steps, and writes facts,
//! history and effects in one transaction. Rule 10 stands here first (nobody reviews what they entered, and so on) and
//! in the database's constraints a second time. States and order: field facts §8; the two manuals for payment first.

mod duty;
mod form;
mod machine;
mod terms;

pub use duty::{Actor, Duty, Person};
pub use form::{Delivery, FieldFault, Form, FormRules, Invoice, InvoiceKind};
pub use machine::{
    Decision, Effect, Event, Facts, FieldNote, Outcome, Policy, Refusal, RevokeReason, possible,
    step,
};
pub use terms::{Kind, PaymentOrder, State, Type, Way};

use crate::calendar::{Calendar, close_of_business, day_in_china};
use crate::time::Timestamp;

/// When the work of a state is promised to be done: the close of business so many working days after it began.
/// Review and second review share one promise, production, packing and sending another. Other states wait for the
/// applicant, and nobody promised anything.
#[must_use]
pub fn due(
    state: State,
    entered: Timestamp,
    earlier: Option<Timestamp>,
    policy: &Policy,
    calendar: &Calendar,
) -> Option<Timestamp> {
    let days = match state {
        State::Submitted | State::SecondReview => policy.review_days,
        State::Production | State::Produced | State::Shipping => policy.production_days,
        _ => return None,
    };
    let carried = matches!(state, State::Produced | State::Shipping);
    if let Some(earlier) = earlier.filter(|_| carried) {
        return Some(earlier);
    }
    let day = calendar.working_days_after(day_in_china(entered), u32::from(days?));
    Some(close_of_business(day))
}

#[cfg(test)]
mod tests;
