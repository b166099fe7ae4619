//! Random sequences of events by random people, for every kind and both payment orders.

use proptest::prelude::*;

use super::*;
use crate::entropy::Id;
use crate::time::Span;

fn id(n: u8) -> Id {
    format!("01ARZ3NDEKTSV4RRFFQ69G5FA{}", char::from(b'0' + n))
        .parse()
        .unwrap()
}

fn operator(n: u8, duties: &[Duty]) -> Actor {
    Actor::Operator {
        id: id(n),
        duties: duties.to_vec(),
    }
}

/// Somebody for everything, and two who could do it all alone.
fn actors() -> Vec<Actor> {
    let all = [
        Duty::Intake,
        Duty::Review,
        Duty::SecondReview,
        Duty::Production,
        Duty::Dispatch,
        Duty::Finance,
    ];
    vec![
        Actor::Supplier(id(0)),
        operator(1, &[Duty::Intake]),
        operator(2, &[Duty::Review]),
        operator(3, &[Duty::SecondReview]),
        operator(4, &[Duty::Production]),
        operator(5, &[Duty::Dispatch]),
        operator(6, &[Duty::Finance]),
        operator(7, &all),
        operator(8, &all),
        operator(9, &[Duty::Audit, Duty::Review, Duty::Finance]),
        Actor::System,
    ]
}

fn events() -> Vec<Event> {
    let back = Decision::Return {
        fields: vec![],
        note: "x".into(),
    };
    let reject = Decision::Reject { reason: "x".into() };
    vec![
        Event::Edit,
        Event::Submit,
        Event::Withdraw,
        Event::Review(Decision::Pass),
        Event::Review(back.clone()),
        Event::Review(reject.clone()),
        Event::SecondReview(Decision::Pass),
        Event::SecondReview(back),
        Event::SecondReview(reject),
        Event::Pay,
        Event::Voucher,
        Event::Paid,
        Event::PaymentRefused,
        Event::OriginalsSent,
        Event::OriginalsReceived,
        Event::Begin,
        Event::Written,
        Event::Pack,
        Event::Ship,
        Event::Receive,
        Event::Unlocked,
        Event::OrderDone,
        Event::OrderRefused,
    ]
}

fn policy(payment: PaymentOrder, originals: bool) -> Policy {
    Policy {
        payment,
        review_days: Some(1),
        production_days: Some(1),
        originals,
    }
}

fn fresh(kind: Kind, counter: bool, fee: i64) -> Facts {
    Facts {
        kind,
        way: if counter { Way::Counter } else { Way::Online },
        state: State::Draft,
        fee,
        paid: false,
        originals_received: false,
        entered_by: if counter {
            Person::Operator(id(7))
        } else {
            Person::Account(id(0))
        },
        reviewed_by: None,
        second_reviewed_by: None,
        produced_by: None,
    }
}

/// What was done, and what stood after it.
type History = Vec<(Event, Actor, Facts)>;

/// Whether the history from the last submission on shows what a state in effect needs.
fn is_earned(history: &History, start: &Facts, policy: &Policy) -> bool {
    let since = history
        .iter()
        .rposition(|(event, ..)| *event == Event::Submit)
        .unwrap_or(0);
    let last = &history[since..];
    let by = |wanted: Event| {
        last.iter()
            .find(|(event, ..)| *event == wanted)
            .map(|(_, actor, _)| actor.person())
    };
    let (first, second) = (
        by(Event::Review(Decision::Pass)),
        by(Event::SecondReview(Decision::Pass)),
    );
    let two_persons = matches!((&first, &second), (Some(a), Some(b)) if a != b && a.is_some()
        && *a != Some(start.entered_by.clone()) && *b != Some(start.entered_by.clone()));
    let money = start.fee == 0 || history.iter().any(|(event, ..)| *event == Event::Paid);
    let made = by(Event::Written);
    let maker = made.clone().is_some_and(|who| {
        start.kind == Kind::Renewal || (Some(who.clone()) != first && Some(who) != second)
    });
    let papers = start.way == Way::Counter
        || !policy.originals
        || !start.kind.is_produced()
        || history
            .iter()
            .any(|(event, ..)| *event == Event::OriginalsReceived);
    let received = start.kind == Kind::Renewal || by(Event::Receive).is_some();
    two_persons && money && maker && papers && received
}

/// How a random walk goes on: by any event of anybody, or by one of those that are possible.
type Choice = (bool, usize, usize);

fn choose<'e>(
    facts: &Facts,
    policy: &Policy,
    actors: &'e [Actor],
    events: &'e [Event],
    (likely, event, actor): Choice,
) -> (&'e Event, &'e Actor) {
    let any = (&events[event % events.len()], &actors[actor % actors.len()]);
    if !likely {
        return any;
    }
    // Random walks rarely get far: these take a step onward where there is one.
    let onward: Vec<_> = events
        .iter()
        .flat_map(|event| actors.iter().map(move |actor| (event, actor)))
        .filter(|(event, actor)| {
            step(facts, event, actor, policy).is_ok_and(|outcome| {
                let to = outcome.facts.state;
                (to != facts.state || *event == &Event::Begin)
                    && !matches!(to, State::Rejected | State::Withdrawn | State::Returned)
            })
        })
        .collect();
    if onward.is_empty() {
        any
    } else {
        onward[event % onward.len()]
    }
}

#[test]
fn no_sequence_reaches_effect_without_money_two_reviewers_production_and_receipt() {
    let reached = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 400,
        ..ProptestConfig::default()
    });
    let walks = (
        0..Kind::ALL.len(),
        any::<[bool; 4]>(),
        prop::collection::vec((any::<bool>(), 0_usize..1000, 0_usize..11), 1..120),
    );
    runner
        .run(&walks, |(kind, [counter, first, originals, free], choices)| {
            let payment = if first { PaymentOrder::BeforeReview } else { PaymentOrder::AfterReview };
            let policy = policy(payment, originals);
            let start = fresh(Kind::ALL[kind], counter, if free { 0 } else { 20_000 });
            let (actors, events) = (actors(), events());
            let (mut facts, mut history) = (start.clone(), History::new());
            for choice in choices {
                let (event, actor) = choose(&facts, &policy, &actors, &events, choice);
                let Ok(outcome) = step(&facts, event, actor, &policy) else { continue };
                if facts.state.is_final() {
                    prop_assert_eq!(outcome.facts.state, facts.state, "a final state stays");
                }
                let arrives = outcome.facts.state == State::Active && facts.state != State::Active;
                facts = outcome.facts;
                history.push((event.clone(), actor.clone(), facts.clone()));
                if arrives {
                    reached.set(reached.get() + 1);
                    prop_assert!(is_earned(&history, &start, &policy), "{:?}", history);
                }
                let audits = matches!(actor, Actor::Operator { duties, .. } if duties.contains(&Duty::Audit));
                prop_assert!(!audits, "an auditor did {:?}", event);
            }
            // The history explains the state: stepping through it again gives the same facts each time.
            let mut again = start;
            for (event, actor, after) in &history {
                again = step(&again, event, actor, &policy).unwrap().facts;
                prop_assert_eq!(&again, after);
            }
            prop_assert_eq!(again, facts);
            Ok(())
        })
        .unwrap();
    assert!(
        reached.get() > 40,
        "only {} of 400 walks reached effect: they prove little",
        reached.get()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn money_that_is_confirmed_is_kept_for_an_application_or_goes_back(
        first: bool,
        choices in prop::collection::vec((any::<bool>(), 0_usize..1000, 0_usize..11), 1..120),
    ) {
        let payment = if first { PaymentOrder::BeforeReview } else { PaymentOrder::AfterReview };
        let policy = policy(payment, false);
        let (actors, events) = (actors(), events());
        let mut facts = fresh(Kind::New, false, 20_000);
        let (mut came, mut back) = (0, 0);
        for choice in choices {
            let (event, actor) = choose(&facts, &policy, &actors, &events, choice);
            let Ok(outcome) = step(&facts, event, actor, &policy) else { continue };
            came += i32::from(*event == Event::Paid);
            back += outcome.effects.iter().filter(|e| matches!(e, Effect::Refund | Effect::RefundThis)).count() as i32;
            facts = outcome.facts;
        }
        let ended = matches!(facts.state, State::Rejected | State::Withdrawn);
        let kept = i32::from(facts.paid && !ended);
        prop_assert_eq!(came, back + kept);
    }
}

fn walk(facts: &mut Facts, policy: &Policy, steps: &[(Event, usize)]) -> Vec<State> {
    let actors = actors();
    let mut states = vec![];
    for (event, actor) in steps {
        let outcome = step(facts, event, &actors[*actor], policy);
        *facts = outcome
            .unwrap_or_else(|refusal| panic!("{event:?} in {:?}: {refusal}", facts.state))
            .facts;
        states.push(facts.state);
    }
    states
}

const SUPPLIER: usize = 0;

#[test]
fn the_manuals_order_is_submit_pay_review_and_make() {
    let mut facts = fresh(Kind::New, false, 20_000);
    let states = walk(
        &mut facts,
        &policy(PaymentOrder::BeforeReview, true),
        &[
            (Event::Submit, SUPPLIER),
            (Event::Voucher, SUPPLIER),
            (Event::Paid, 6),
            (Event::Review(Decision::Pass), 2),
            (Event::SecondReview(Decision::Pass), 3),
            (Event::OriginalsReceived, 1),
            (Event::Begin, 4),
            (Event::Written, 4),
            (Event::Pack, 5),
            (Event::Ship, 5),
            (Event::Receive, SUPPLIER),
        ],
    );
    use State as S;
    assert_eq!(
        states,
        [
            S::AwaitingPayment,
            S::PaymentReview,
            S::Submitted,
            S::SecondReview,
            S::AwaitingOriginals,
            S::Production,
            S::Production,
            S::Produced,
            S::Shipping,
            S::Shipped,
            S::Active,
        ]
    );
}

#[test]
fn with_payment_after_the_review_money_stands_between_the_two_reviews() {
    let mut facts = fresh(Kind::New, false, 20_000);
    let states = walk(
        &mut facts,
        &policy(PaymentOrder::AfterReview, false),
        &[
            (Event::Submit, SUPPLIER),
            (Event::Review(Decision::Pass), 2),
            (Event::Paid, 10),
            (Event::SecondReview(Decision::Pass), 3),
        ],
    );
    use State as S;
    assert_eq!(
        states,
        [
            S::Submitted,
            S::AwaitingPayment,
            S::SecondReview,
            S::Production
        ]
    );
}

#[test]
fn who_did_one_thing_may_not_do_the_next() {
    let policy = policy(PaymentOrder::AfterReview, false);
    let actors = actors();
    // Number 7 entered it at the counter and has every duty.
    let mut facts = fresh(Kind::New, true, 0);
    walk(&mut facts, &policy, &[(Event::Submit, 1)]);
    let review = Event::Review(Decision::Pass);
    assert_eq!(
        step(&facts, &review, &actors[7], &policy),
        Err(Refusal::Excluded {
            duty: Duty::Review,
            did: Duty::Intake
        })
    );
    assert_eq!(
        step(&facts, &review, &actors[5], &policy),
        Err(Refusal::NoDuty(Duty::Review))
    );
    walk(&mut facts, &policy, &[(review, 8)]);
    let second = Event::SecondReview(Decision::Pass);
    assert_eq!(
        step(&facts, &second, &actors[8], &policy),
        Err(Refusal::Excluded {
            duty: Duty::SecondReview,
            did: Duty::Review
        })
    );
    assert_eq!(
        facts.conflicts(&actors[8]),
        [
            (Duty::SecondReview, Duty::Review),
            (Duty::Production, Duty::Review)
        ]
    );
    walk(&mut facts, &policy, &[(second, 3)]);
    assert_eq!(
        step(&facts, &Event::Begin, &actors[8], &policy),
        Err(Refusal::Excluded {
            duty: Duty::Production,
            did: Duty::Review
        })
    );
    assert_eq!(possible(&facts, &actors[4], &policy), ["produce"]);
    assert_eq!(
        possible(&facts, &actors[9], &policy),
        Vec::<&str>::new(),
        "an auditor"
    );
}

#[test]
fn a_lost_key_is_revoked_when_its_replacement_is_approved_and_a_changed_one_when_the_new_one_has_arrived()
 {
    let policy = policy(PaymentOrder::AfterReview, false);
    let actors = actors();
    let mut lost = fresh(Kind::Replacement, false, 0);
    walk(
        &mut lost,
        &policy,
        &[
            (Event::Submit, SUPPLIER),
            (Event::Review(Decision::Pass), 2),
        ],
    );
    let approved = step(
        &lost,
        &Event::SecondReview(Decision::Pass),
        &actors[3],
        &policy,
    )
    .unwrap();
    assert_eq!(
        approved.effects,
        [Effect::Revoke(RevokeReason::KeyCompromise)]
    );
    let mut changed = fresh(Kind::Change, false, 0);
    walk(
        &mut changed,
        &policy,
        &[
            (Event::Submit, SUPPLIER),
            (Event::Review(Decision::Pass), 2),
            (Event::SecondReview(Decision::Pass), 3),
            (Event::Begin, 4),
            (Event::Written, 4),
            (Event::Ship, 5),
        ],
    );
    let received = step(&changed, &Event::Receive, &actors[0], &policy).unwrap();
    assert_eq!(
        received.effects,
        [Effect::Revoke(RevokeReason::AffiliationChanged)]
    );
}

#[test]
fn a_review_is_due_at_the_close_of_the_promised_working_day_and_waiting_for_the_applicant_is_due_never()
 {
    let calendar = Calendar::default();
    let policy = policy(PaymentOrder::BeforeReview, false);
    // Friday, 15 January 2027, 16:00 in China.
    let entered = Timestamp::from_seconds(1_800_000_000);
    let monday_at_six = entered + Span::hours(3 * 24 + 2);
    assert_eq!(
        due(State::Submitted, entered, None, &policy, &calendar),
        Some(monday_at_six)
    );
    assert_eq!(
        due(State::Shipping, entered, Some(entered), &policy, &calendar),
        Some(entered),
        "one promise for making and sending"
    );
    for state in [
        State::Returned,
        State::AwaitingPayment,
        State::Shipped,
        State::Active,
    ] {
        assert_eq!(due(state, entered, None, &policy, &calendar), None);
    }
}
