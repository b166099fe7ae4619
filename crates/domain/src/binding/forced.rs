//! 强制解绑, a pure machine: asked with evidence, approved by two persons, then a waiting time in which the old owner may
//! object; an objection is overruled by a third person or it ends the matter (rule 10).

use serde::{Deserialize, Serialize};

use crate::entropy::Id;
use crate::time::Timestamp;

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written.
    Draft,
    /// Waits for the first approval.
    Submitted,
    /// Waits for the second.
    FirstApproved,
    /// Approved; the old owner has time to object.
    Waiting,
    /// The old owner objected.
    Objected,
    /// The binding was ended.
    Done,
    /// An operator refused it.
    Rejected,
    /// Whoever asked took it back.
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Submitted,
        Self::FirstApproved,
        Self::Waiting,
        Self::Objected,
        Self::Done,
        Self::Rejected,
        Self::Withdrawn,
    ];

    /// The word in the database and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::FirstApproved => "first_approved",
            Self::Waiting => "waiting",
            Self::Objected => "objected",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Rejected | Self::Withdrawn)
    }
}

/// The facts that decisions turn on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// Who approved first.
    pub first_by: Option<Id>,
    /// Who approved second.
    pub second_by: Option<Id>,
    /// Who overruled an objection.
    pub overruled_by: Option<Id>,
    /// Until when the old owner may object.
    pub waits_until: Option<Timestamp>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Whoever asks sends it in; at least one paper lies with it.
    Submit {
        /// How many papers there are.
        papers: usize,
    },
    /// Whoever asked takes it back.
    Withdraw,
    /// An operator approves; after the second, or once an objection is overruled, it waits until an instant.
    Approve {
        /// Who.
        by: Id,
        /// The end of the waiting time, should it begin now.
        until: Timestamp,
    },
    /// An operator refuses.
    Reject,
    /// The old owner objects.
    Object,
    /// The waiting time may be over.
    TimeOver,
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForcedRefusal {
    /// Its state does not allow it.
    #[error("the state does not allow this")]
    State,
    /// The same person approved already.
    #[error("two different persons approve")]
    SamePerson,
    /// There is no evidence.
    #[error("no paper was added")]
    NoEvidence,
    /// The waiting time goes on.
    #[error("the waiting time is not over")]
    TooEarly,
}

/// The facts after an event.
///
/// # Errors
/// [`ForcedRefusal`].
pub fn step(facts: &Facts, event: &Event, now: Timestamp) -> Result<Facts, ForcedRefusal> {
    let mut next = facts.clone();
    match (facts.state, event) {
        (State::Draft, Event::Submit { papers: 0 }) => return Err(ForcedRefusal::NoEvidence),
        (State::Draft, Event::Submit { .. }) => next.state = State::Submitted,
        (State::Submitted, Event::Approve { by, .. }) => {
            next.first_by = Some(by.clone());
            next.state = State::FirstApproved;
        }
        (State::FirstApproved, Event::Approve { by, until }) => {
            if facts.first_by.as_ref() == Some(by) {
                return Err(ForcedRefusal::SamePerson);
            }
            next.second_by = Some(by.clone());
            next.waits_until = Some(*until);
            next.state = State::Waiting;
        }
        (State::Objected, Event::Approve { by, .. }) => {
            if [&facts.first_by, &facts.second_by].contains(&&Some(by.clone())) {
                return Err(ForcedRefusal::SamePerson);
            }
            next.overruled_by = Some(by.clone());
            next.state = State::Waiting;
        }
        (
            State::Submitted | State::FirstApproved | State::Waiting | State::Objected,
            Event::Reject,
        ) => next.state = State::Rejected,
        (State::Waiting, Event::Object) => {
            let open = facts.waits_until.is_some_and(|until| now < until);
            if !open || facts.overruled_by.is_some() {
                return Err(ForcedRefusal::State);
            }
            next.state = State::Objected;
        }
        (State::Waiting, Event::TimeOver) => {
            if facts.waits_until.is_none_or(|until| now < until) {
                return Err(ForcedRefusal::TooEarly);
            }
            next.state = State::Done;
        }
        (
            State::Draft
            | State::Submitted
            | State::FirstApproved
            | State::Waiting
            | State::Objected,
            Event::Withdraw,
        ) => next.state = State::Withdrawn,
        _ => return Err(ForcedRefusal::State),
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entropy::Randomness;
    use crate::time::Span;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    struct Fixed(u8);
    impl Randomness for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn event() -> impl Strategy<Value = (u8, u8, i64)> {
        (0_u8..6, 0_u8..4, 0_i64..5)
    }

    proptest! {
        #[test]
        fn no_sequence_ends_a_binding_without_evidence_two_persons_and_the_whole_waiting_time(
            events in proptest::collection::vec(event(), 0..60)
        ) {
            let mut facts = Facts { state: State::Draft, first_by: None, second_by: None, overruled_by: None, waits_until: None };
            let (mut now, mut papers_seen, mut waiting_since, mut objected) = (START, 0, None, false);
            for (kind, person, days) in events {
                now = now + Span::hours(24 * days);
                let by = Id::new(START, &Fixed(person));
                let event = match kind {
                    0 => Event::Submit { papers: usize::from(person) },
                    1 => Event::Withdraw,
                    2 => Event::Approve { by, until: now + Span::hours(72) },
                    3 => Event::Reject,
                    4 => Event::Object,
                    _ => Event::TimeOver,
                };
                let Ok(next) = step(&facts, &event, now) else { continue };
                prop_assert!(!facts.state.is_final(), "nothing follows {:?}", facts.state);
                if let Event::Submit { papers } = event { papers_seen = papers; }
                if next.state == State::Waiting && facts.state == State::FirstApproved { waiting_since = Some(now); }
                objected |= next.state == State::Objected;
                if next.state == State::Done {
                    prop_assert!(papers_seen > 0);
                    prop_assert!(next.first_by.is_some() && next.second_by.is_some() && next.first_by != next.second_by);
                    prop_assert!(now.since(waiting_since.unwrap()) >= Span::hours(72));
                    prop_assert!(!objected || next.overruled_by.is_some());
                    if let Some(third) = &next.overruled_by {
                        prop_assert!(Some(third) != next.first_by.as_ref() && Some(third) != next.second_by.as_ref());
                    }
                }
                facts = next;
            }
        }
    }

    #[test]
    fn the_whole_way_is_walked_and_an_objection_stops_it() {
        let person = |n| Id::new(START, &Fixed(n));
        let until = START + Span::hours(72);
        let mut facts = Facts {
            state: State::Draft,
            first_by: None,
            second_by: None,
            overruled_by: None,
            waits_until: None,
        };
        for event in [
            Event::Submit { papers: 1 },
            Event::Approve {
                by: person(1),
                until,
            },
            Event::Approve {
                by: person(2),
                until,
            },
        ] {
            facts = step(&facts, &event, START).unwrap();
        }
        assert_eq!(facts.state, State::Waiting);
        assert_eq!(
            step(&facts, &Event::TimeOver, START + Span::hours(71)),
            Err(ForcedRefusal::TooEarly)
        );
        let done = step(&facts, &Event::TimeOver, until).unwrap();
        assert_eq!(done.state, State::Done);
        let objected = step(&facts, &Event::Object, START).unwrap();
        assert_eq!(
            step(&objected, &Event::TimeOver, until),
            Err(ForcedRefusal::State)
        );
        assert_eq!(
            step(
                &objected,
                &Event::Approve {
                    by: person(2),
                    until
                },
                until
            ),
            Err(ForcedRefusal::SamePerson)
        );
    }
}
