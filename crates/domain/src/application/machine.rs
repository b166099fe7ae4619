//! The machine: which event is possible in which state, for whom, and what follows.

use serde::{Deserialize, Serialize};

use super::duty::{Actor, Duty, Person};
use super::terms::{Kind, PaymentOrder, State, Way};

/// What the provider's file says for one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Before or after the first review.
    pub payment: PaymentOrder,
    /// Working days promised for the review.
    pub review_days: Option<u8>,
    /// Working days promised for production.
    pub production_days: Option<u8>,
    /// Whether the stamped originals must arrive before a key is made.
    pub originals: bool,
}

/// What is known of an application where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What is asked for.
    pub kind: Kind,
    /// How it came.
    pub way: Way,
    /// Where it stands.
    pub state: State,
    /// What it costs, in 分.
    pub fee: i64,
    /// Whether the money is there and confirmed.
    pub paid: bool,
    /// Whether the stamped papers have arrived.
    pub originals_received: bool,
    /// Who entered it.
    pub entered_by: Person,
    /// Who passed the review.
    pub reviewed_by: Option<Person>,
    /// Who passed the second review.
    pub second_reviewed_by: Option<Person>,
    /// Who makes the key.
    pub produced_by: Option<Person>,
}

/// A field that a reviewer marked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldNote {
    /// The field's or the material's id.
    pub field: String,
    /// What is wrong with it.
    pub note: String,
}

/// What a reviewer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// 通过.
    Pass,
    /// 退回补正, with marks.
    Return {
        /// The marks.
        fields: Vec<FieldNote>,
        /// In words.
        note: String,
    },
    /// 驳回, with the reason.
    Reject {
        /// The reason.
        reason: String,
    },
}

/// What happens to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Form or materials change.
    Edit,
    /// 提交申请.
    Submit,
    /// 撤回.
    Withdraw,
    /// 审核.
    Review(Decision),
    /// 复核.
    SecondReview(Decision),
    /// A payment is begun.
    Pay,
    /// A voucher was uploaded.
    Voucher,
    /// The money is there: finance or the gateway says so.
    Paid,
    /// Finance did not find it.
    PaymentRefused,
    /// 寄出盖章原件.
    OriginalsSent,
    /// 收到原件.
    OriginalsReceived,
    /// Production begins, or the holder begins to write or to unlock.
    Begin,
    /// The certificates are in the token and were read back.
    Written,
    /// Packed with its label.
    Pack,
    /// 寄出, or ready to be fetched.
    Ship,
    /// 确认收货.
    Receive,
    /// The token is unlocked.
    Unlocked,
    /// The CA did what was approved.
    OrderDone,
    /// The CA would not.
    OrderRefused,
}

/// Reasons of a revocation that an application can have (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeReason {
    /// The key is lost: somebody else may have it.
    KeyCompromise,
    /// The organisation's name changed.
    AffiliationChanged,
    /// The holder gave it up.
    CessationOfOperation,
}

impl RevokeReason {
    /// The word in an order.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KeyCompromise => "key_compromise",
            Self::AffiliationChanged => "affiliation_changed",
            Self::CessationOfOperation => "cessation_of_operation",
        }
    }
}

/// What must be done beside the change of state, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The money that is held goes back.
    Refund,
    /// The payment that this event is about is not needed and goes back.
    RefundThis,
    /// The CA revokes the certificates of the key that the application names.
    Revoke(RevokeReason),
    /// The CA suspends them.
    Suspend,
    /// The CA resumes them.
    Resume,
    /// The binding moves to the renewed certificate.
    MoveBinding,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The facts after it.
    pub facts: Facts,
    /// What else must be done.
    pub effects: Vec<Effect>,
}

/// Why a step is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not in this state, or not for this kind.
    #[error("not in this state")]
    State,
    /// Whoever asks is not the applicant.
    #[error("not the applicant")]
    NotApplicant,
    /// Whoever asks does not have the duty.
    #[error("not the duty of whoever asks")]
    NoDuty(Duty),
    /// Whoever asks did something that excludes it (rule 10).
    #[error("whoever asks did what excludes it")]
    Excluded {
        /// What they want to do.
        duty: Duty,
        /// What they did.
        did: Duty,
    },
    /// The money is not there.
    #[error("not paid")]
    NotPaid,
}

/// Steps.
///
/// # Errors
/// [`Refusal`]: nothing changes then.
pub fn step(
    facts: &Facts,
    event: &Event,
    actor: &Actor,
    policy: &Policy,
) -> Result<Outcome, Refusal> {
    let mut next = facts.clone();
    let mut effects = Vec::new();
    let within = |states: &[State]| {
        if states.contains(&facts.state) {
            Ok(())
        } else {
            Err(Refusal::State)
        }
    };
    use State as S;
    match event {
        Event::Edit => {
            applicant(facts, actor)?;
            within(&[S::Draft, S::Returned])?;
        }
        Event::Submit => {
            applicant(facts, actor)?;
            within(&[S::Draft, S::Returned])?;
            let money_first = policy.payment == PaymentOrder::BeforeReview && owes(facts);
            next.state = if money_first {
                S::AwaitingPayment
            } else {
                S::Submitted
            };
        }
        Event::Withdraw => {
            applicant(facts, actor)?;
            within(&[
                S::Draft,
                S::Submitted,
                S::Returned,
                S::AwaitingPayment,
                S::PaymentReview,
                S::SecondReview,
                S::AwaitingOriginals,
            ])?;
            next.state = S::Withdrawn;
            refund(facts, &mut effects);
        }
        Event::Review(decision) => {
            within(&[S::Submitted])?;
            let person = on_duty(facts, actor, Duty::Review)?;
            match decision {
                Decision::Pass => {
                    next.reviewed_by = Some(person);
                    next.state = if owes(facts) {
                        S::AwaitingPayment
                    } else {
                        S::SecondReview
                    };
                }
                Decision::Return { .. } => next.state = S::Returned,
                Decision::Reject { .. } => {
                    next.state = S::Rejected;
                    refund(facts, &mut effects);
                }
            }
        }
        Event::SecondReview(decision) => {
            within(&[S::SecondReview])?;
            let person = on_duty(facts, actor, Duty::SecondReview)?;
            match decision {
                Decision::Pass => {
                    if owes(facts) {
                        return Err(Refusal::NotPaid);
                    }
                    next.second_reviewed_by = Some(person);
                    approve(facts, &mut next, policy, &mut effects);
                }
                Decision::Return { .. } => {
                    // What comes back is another application than the one that was passed.
                    next.reviewed_by = None;
                    next.state = S::Returned;
                }
                Decision::Reject { .. } => {
                    next.state = S::Rejected;
                    refund(facts, &mut effects);
                }
            }
        }
        Event::Pay => {
            applicant(facts, actor)?;
            within(&[S::AwaitingPayment])?;
        }
        Event::Voucher => {
            applicant(facts, actor)?;
            within(&[S::AwaitingPayment, S::PaymentReview])?;
            next.state = S::PaymentReview;
        }
        Event::Paid => {
            if *actor != Actor::System {
                on_duty(facts, actor, Duty::Finance)?;
            }
            if facts.paid || facts.state.is_final() || facts.fee == 0 {
                // Late or double: the money is not needed.
                effects.push(Effect::RefundThis);
            } else {
                next.paid = true;
                if matches!(facts.state, S::AwaitingPayment | S::PaymentReview) {
                    next.state = if facts.reviewed_by.is_some() {
                        S::SecondReview
                    } else {
                        S::Submitted
                    };
                }
            }
        }
        Event::PaymentRefused => {
            on_duty(facts, actor, Duty::Finance)?;
            if facts.state == S::PaymentReview {
                next.state = S::AwaitingPayment;
            }
        }
        Event::OriginalsSent => {
            applicant(facts, actor)?;
            if !waits_for_papers(facts) {
                return Err(Refusal::State);
            }
        }
        Event::OriginalsReceived => {
            if !waits_for_papers(facts) {
                return Err(Refusal::State);
            }
            on_duty(facts, actor, Duty::Intake)?;
            next.originals_received = true;
            if facts.state == S::AwaitingOriginals {
                next.state = S::Production;
            }
        }
        Event::Begin => match facts.kind {
            Kind::Renewal | Kind::Unlock => {
                applicant(facts, actor)?;
                within(&[S::Writing])?;
            }
            kind if kind.is_produced() => {
                within(&[S::Production])?;
                next.produced_by = Some(on_duty(facts, actor, Duty::Production)?);
            }
            _ => return Err(Refusal::State),
        },
        Event::Written => match facts.kind {
            Kind::Renewal => {
                applicant(facts, actor)?;
                within(&[S::Writing])?;
                // The holder has it in the hand: it was read back from the very token that was renewed.
                next.state = S::Active;
                effects.push(Effect::MoveBinding);
            }
            kind if kind.is_produced() => {
                within(&[S::Production])?;
                let person = on_duty(facts, actor, Duty::Production)?;
                if facts.produced_by.as_ref() != Some(&person) {
                    return Err(Refusal::State);
                }
                next.state = S::Produced;
            }
            _ => return Err(Refusal::State),
        },
        Event::Pack => {
            within(&[S::Produced])?;
            on_duty(facts, actor, Duty::Dispatch)?;
            next.state = S::Shipping;
        }
        Event::Ship => {
            within(&[S::Produced, S::Shipping])?;
            on_duty(facts, actor, Duty::Dispatch)?;
            next.state = S::Shipped;
        }
        Event::Receive => {
            within(&[S::Shipped])?;
            // At the counter it is handed over, and whoever hands it over says so.
            if !(facts.way == Way::Counter && actor.has(Duty::Dispatch)) {
                supplier(actor)?;
            }
            next.state = S::Active;
            if facts.kind == Kind::Change {
                effects.push(Effect::Revoke(RevokeReason::AffiliationChanged));
            }
        }
        Event::Unlocked => {
            applicant(facts, actor)?;
            within(&[S::Writing])?;
            if facts.kind != Kind::Unlock {
                return Err(Refusal::State);
            }
            next.state = S::Closed;
        }
        Event::OrderDone | Event::OrderRefused => {
            let by_ca = matches!(
                facts.kind,
                Kind::Revocation | Kind::Suspension | Kind::Resumption
            );
            if *actor != Actor::System || !by_ca {
                return Err(Refusal::State);
            }
            within(&[S::Production])?;
            if *event == Event::OrderDone {
                next.state = S::Closed;
            } else {
                next.state = S::Rejected;
                refund(facts, &mut effects);
            }
        }
    }
    Ok(Outcome {
        facts: next,
        effects,
    })
}

/// What follows a second review that passed.
fn approve(facts: &Facts, next: &mut Facts, policy: &Policy, effects: &mut Vec<Effect>) {
    next.state = match facts.kind {
        Kind::Renewal | Kind::Unlock => State::Writing,
        Kind::Revocation => {
            effects.push(Effect::Revoke(RevokeReason::CessationOfOperation));
            State::Production
        }
        Kind::Suspension => {
            effects.push(Effect::Suspend);
            State::Production
        }
        Kind::Resumption => {
            effects.push(Effect::Resume);
            State::Production
        }
        Kind::New | Kind::Additional | Kind::Change | Kind::Replacement => {
            if facts.kind == Kind::Replacement {
                // It is lost: nobody waits for the courier with that.
                effects.push(Effect::Revoke(RevokeReason::KeyCompromise));
            }
            if policy.originals && facts.way != Way::Counter && !facts.originals_received {
                State::AwaitingOriginals
            } else {
                State::Production
            }
        }
    };
}

fn owes(facts: &Facts) -> bool {
    facts.fee > 0 && !facts.paid
}

fn refund(facts: &Facts, effects: &mut Vec<Effect>) {
    if facts.paid && facts.fee > 0 {
        effects.push(Effect::Refund);
    }
}

/// Papers can come from the submission on, until the key is made.
fn waits_for_papers(facts: &Facts) -> bool {
    facts.kind.is_produced()
        && facts.way != Way::Counter
        && !facts.originals_received
        && matches!(
            facts.state,
            State::Submitted
                | State::Returned
                | State::AwaitingPayment
                | State::PaymentReview
                | State::SecondReview
                | State::AwaitingOriginals
        )
}

fn supplier(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Supplier(_) => Ok(()),
        _ => Err(Refusal::NotApplicant),
    }
}

/// The organisation that applies, or the intake that entered it at the counter.
fn applicant(facts: &Facts, actor: &Actor) -> Result<(), Refusal> {
    if facts.way == Way::Counter && actor.has(Duty::Intake) {
        return Ok(());
    }
    supplier(actor)
}

/// Whoever has a duty and did nothing in this application that excludes it.
fn on_duty(facts: &Facts, actor: &Actor, duty: Duty) -> Result<Person, Refusal> {
    let Some(person) = actor.person().filter(|_| actor.has(duty)) else {
        return Err(Refusal::NoDuty(duty));
    };
    match excluded(facts, &person, duty) {
        Some(did) => Err(Refusal::Excluded { duty, did }),
        None => Ok(person),
    }
}

/// Rule 10: 录入, 审核, 复核 and 制证 of one application are four persons, and nobody confirms the money of what they
/// entered. Says what the person did that excludes the duty.
pub(super) fn excluded(facts: &Facts, person: &Person, duty: Duty) -> Option<Duty> {
    let did = [
        (Duty::Intake, Some(&facts.entered_by)),
        (Duty::Review, facts.reviewed_by.as_ref()),
        (Duty::SecondReview, facts.second_reviewed_by.as_ref()),
        (Duty::Production, facts.produced_by.as_ref()),
    ];
    let apart = |other: Duty| match duty {
        Duty::Review | Duty::SecondReview | Duty::Production => other != duty,
        Duty::Finance => other == Duty::Intake,
        Duty::Intake | Duty::Dispatch | Duty::Audit => false,
    };
    did.into_iter()
        .find(|(other, who)| *who == Some(person) && apart(*other))
        .map(|(other, _)| other)
}

/// What somebody may do now, by stable words.
#[must_use]
pub fn possible(facts: &Facts, actor: &Actor, policy: &Policy) -> Vec<&'static str> {
    let probes = [
        ("edit", Event::Edit),
        ("submit", Event::Submit),
        ("withdraw", Event::Withdraw),
        ("pay", Event::Pay),
        ("send_originals", Event::OriginalsSent),
        ("receive_originals", Event::OriginalsReceived),
        ("review", Event::Review(Decision::Pass)),
        ("second_review", Event::SecondReview(Decision::Pass)),
        (
            match facts.kind {
                Kind::Renewal => "write",
                Kind::Unlock => "unlock",
                _ => "produce",
            },
            Event::Begin,
        ),
        ("pack", Event::Pack),
        ("ship", Event::Ship),
        ("receive", Event::Receive),
    ];
    let mut next: Vec<&'static str> = probes
        .into_iter()
        .filter(|(_, event)| step(facts, event, actor, policy).is_ok())
        .map(|(word, _)| word)
        .collect();
    let money_is_looked_for = matches!(facts.state, State::PaymentReview | State::AwaitingPayment);
    if money_is_looked_for && on_duty(facts, actor, Duty::Finance).is_ok() {
        next.push("confirm_payment");
    }
    let telephone = facts.kind == Kind::Unlock && facts.state == State::Writing;
    if telephone && (actor.has(Duty::Review) || actor.has(Duty::SecondReview)) {
        next.push("unlock_code");
    }
    next
}

impl Facts {
    /// Whether the fee has come and stays: an invoice is for that, and not for money that goes back.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.paid && !matches!(self.state, State::Rejected | State::Withdrawn)
    }

    /// The duties of an actor that this application's past excludes, and what excludes each.
    #[must_use]
    pub fn conflicts(&self, actor: &Actor) -> Vec<(Duty, Duty)> {
        let Some(person) = actor.person() else {
            return Vec::new();
        };
        Duty::ALL
            .iter()
            .filter(|duty| actor.has(**duty))
            .filter_map(|duty| excluded(self, &person, *duty).map(|did| (*duty, did)))
            .collect()
    }
}
