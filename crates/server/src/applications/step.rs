//! The transaction of a step: lock, decide, change, carry out the effects, explain, record.

use contract::ErrorCode;
use domain::application::{
    Actor, Duty, Effect, Event, Kind, PaymentOrder, Policy, Refusal, RevokeReason, State, due, step,
};
use domain::audit::Entry;
use domain::{Id, Timestamp};
use issuer::order::{OrderKind, Reason, Revocation};
use store::applications::{self, Application, NewStep, materials, payments};
use store::jobs::{self, NewJob};
use store::orders::{self, NewOrder};
use store::{Deed, StoreError, Tx};

use super::Caller;
use super::offers;
use crate::http::extract::Tenant;
use crate::rules::Rules;
use crate::{AppState, Problem};

/// The kind of the job that looks whether the CA has carried out what was approved.
pub const FOLLOW_ORDER: &str = "application_order";

/// Why a step was refused inside its transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none, or none of the caller's.
    NotFound,
    /// The machine said no.
    Refused(Refusal),
    /// Another change came first.
    Version,
    /// Something else, with the words for it.
    Other(ErrorCode, &'static str, &'static str),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::of(ErrorCode::NotFound),
            Fault::Version => Self::of(ErrorCode::ApplicationVersion),
            Fault::Other(code, zh, en) => Self::of(code).with_detail(zh, en),
            Fault::Refused(Refusal::State) => Self::of(ErrorCode::ApplicationState),
            Fault::Refused(Refusal::NotPaid) => Self::of(ErrorCode::ApplicationState)
                .with_detail("费用尚未到账，不能继续", "The fee has not come yet"),
            Fault::Refused(Refusal::NotApplicant) => Self::of(ErrorCode::Forbidden).with_detail(
                "此操作由申请单位办理",
                "This is for the organisation that applies",
            ),
            Fault::Refused(Refusal::NoDuty(duty)) => {
                let name = duty.text();
                Self::of(ErrorCode::Forbidden).with_detail(
                    format!("此操作由“{}”岗位办理", name.zh),
                    format!("This is the duty of {}", name.en),
                )
            }
            Fault::Refused(Refusal::Excluded { duty, did }) => {
                let text = conflict(duty, did);
                Self::of(ErrorCode::DutyConflict).with_detail(text.zh, text.en)
            }
        }
    }
}

/// Why a duty is excluded, in words.
#[must_use]
pub fn conflict(duty: Duty, did: Duty) -> contract::Text {
    let (duty, did) = (duty.text(), did.text());
    contract::Text::new(
        format!("您已办理本申请的“{}”，不能再办理“{}”", did.zh, duty.zh),
        format!(
            "You did the {} of this application and can't do its {}",
            did.en.to_lowercase(),
            duty.en.to_lowercase()
        ),
    )
}

/// What every step needs to know.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The wiring: ids are made from it.
    pub state: &'a AppState,
    /// The platform.
    pub platform: &'a str,
    /// The rules in force.
    pub rules: &'a Rules,
    /// Who steps.
    pub actor: &'a Actor,
    /// The organisation that a supplier may step for.
    pub organisation: Option<&'a Id>,
    /// Now.
    pub now: Timestamp,
}

/// The policy of a provider on a platform. A provider that left the catalogue keeps its open applications going by the
/// stricter order.
#[must_use]
pub fn policy(rules: &Rules, platform: &str, provider: &str) -> Policy {
    let fallback = Policy {
        payment: PaymentOrder::BeforeReview,
        review_days: None,
        production_days: None,
        originals: true,
    };
    rules
        .catalogue
        .provider(provider)
        .and_then(|provider| offers::policy(provider, platform))
        .unwrap_or(fallback)
}

impl<'a> Context<'a> {
    /// The context of a request.
    #[must_use]
    pub fn of(
        state: &'a AppState,
        tenant: &'a Tenant,
        caller: &'a Caller,
        actor: &'a Actor,
    ) -> Self {
        Self {
            state,
            platform: tenant.id(),
            rules: &tenant.rules,
            actor,
            organisation: caller.organisation(),
            now: state.now(),
        }
    }

    /// The server's own context, for what no person does.
    #[must_use]
    pub fn of_system(state: &'a AppState, platform: &'a str, rules: &'a Rules) -> Self {
        Self {
            state,
            platform,
            rules,
            actor: &Actor::System,
            organisation: None,
            now: state.now(),
        }
    }

    /// Locks an application that the actor may touch.
    ///
    /// # Errors
    /// Those of the database; inside, [`Fault::NotFound`].
    pub async fn lock(
        &self,
        tx: &mut Tx<'_>,
        id: &Id,
    ) -> Result<Result<Application, Fault>, StoreError> {
        let found = applications::lock(tx.connection(), self.platform, id).await?;
        Ok(found
            .filter(|application| match self.actor {
                Actor::Supplier(_) => {
                    application.organisation.is_some()
                        && application.organisation.as_ref() == self.organisation
                }
                _ => true,
            })
            .ok_or(Fault::NotFound))
    }

    /// Whether an event is possible for the actor now.
    ///
    /// # Errors
    /// [`Fault::Refused`].
    pub fn allows(&self, application: &Application, event: &Event) -> Result<(), Fault> {
        let policy = policy(self.rules, self.platform, &application.provider);
        step(&application.facts, event, self.actor, &policy)
            .map(|_| ())
            .map_err(Fault::Refused)
    }

    /// Steps a locked application and writes everything that follows. Called last in a transaction: it ends with the
    /// audit entry.
    ///
    /// # Errors
    /// Those of the database; inside, the machine's refusal.
    pub async fn advance(
        &self,
        tx: &mut Tx<'_>,
        application: &mut Application,
        event: &Event,
        note: Option<&str>,
    ) -> Result<Result<Vec<Effect>, Fault>, StoreError> {
        let policy = policy(self.rules, self.platform, &application.provider);
        let outcome = match step(&application.facts, event, self.actor, &policy) {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Err(Fault::Refused(refusal))),
        };
        let before = application.facts.state;
        application.facts = outcome.facts;
        let after = application.facts.state;
        if after != before {
            application.entered_state_at = self.now;
            let calendar = &self.rules.calendar;
            application.due_at = due(after, self.now, application.due_at, &policy, calendar);
        }
        if after != State::Returned {
            application.returned = None;
        }
        if *event == Event::Submit && application.submitted_at.is_none() {
            application.submitted_at = Some(self.now);
        }
        if let Event::Review(decision) | Event::SecondReview(decision) = event {
            self.decided(tx, application, decision).await?;
        }
        applications::save(tx.connection(), self.platform, application).await?;
        let step_id = self.state.new_id();
        let word = word_of(event);
        applications::explain(
            tx.connection(),
            &NewStep {
                id: &step_id,
                platform: self.platform,
                application: &application.id,
                event: word,
                state: after,
                actor: self.actor,
                note,
                at: self.now,
            },
        )
        .await?;
        for effect in &outcome.effects {
            self.carry_out(tx, application, *effect).await?;
        }
        if after != before {
            self.tell(tx, application, &step_id, note).await?;
        }
        tx.record(&Entry {
            id: self.state.new_id(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: format!("application.{word}").into(),
            actor: self.actor.person().map(|person| person.id().clone()),
            subject: Some(application.id.to_string()),
            detail: serde_json::json!({ "from": before.word(), "to": after.word() }).to_string(),
        })
        .await?;
        Ok(Ok(outcome.effects))
    }

    /// What a reviewer's decision leaves on the application and its materials.
    async fn decided(
        &self,
        tx: &mut Tx<'_>,
        application: &mut Application,
        decision: &domain::application::Decision,
    ) -> Result<(), StoreError> {
        use domain::application::Decision;
        let marks = match decision {
            Decision::Return { fields, note } => {
                let body = serde_json::json!({
                    "at": crate::http::time::rfc3339(self.now), "fields": fields, "note": note,
                });
                application.returned = Some(body.to_string());
                fields.as_slice()
            }
            Decision::Reject { reason } => {
                application.rejection = Some(reason.clone());
                &[]
            }
            Decision::Pass => &[],
        };
        let papers = marks.iter().filter_map(|mark| {
            let material = mark.field.strip_prefix("material:")?;
            Some((material, mark.note.as_str()))
        });
        let papers: Vec<_> = papers.collect();
        materials::mark(tx.connection(), &application.id, papers.into_iter()).await
    }

    async fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        effect: Effect,
    ) -> Result<(), StoreError> {
        let order = match effect {
            Effect::Refund => {
                let reason = application.facts.state.word();
                return payments::refund_due(
                    tx.connection(),
                    self.platform,
                    &application.id,
                    reason,
                )
                .await;
            }
            // Whoever stepped has the payment, or the certificate, at hand.
            Effect::RefundThis | Effect::MoveBinding => return Ok(()),
            Effect::Revoke(reason) => (
                OrderKind::Revoke,
                match reason {
                    RevokeReason::KeyCompromise => Reason::KeyCompromise,
                    RevokeReason::AffiliationChanged => Reason::AffiliationChanged,
                    RevokeReason::CessationOfOperation => Reason::CessationOfOperation,
                },
            ),
            Effect::Suspend => (OrderKind::Suspend, Reason::CertificateHold),
            Effect::Resume => (OrderKind::Resume, Reason::CertificateHold),
        };
        let Some(key_number) = application.key_number.clone() else {
            return Ok(());
        };
        let body = Revocation {
            key_number,
            reason: order.1,
        };
        let body =
            serde_json::to_string(&body).map_err(|_| StoreError::Impossible("order.body"))?;
        self.order(tx, application, order.0, None, &body).await?;
        Ok(())
    }

    /// Asks the CA in this transaction; the order's id, or nothing where the very same was asked before.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn order(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        kind: OrderKind,
        signing_key_sha256: Option<&str>,
        body: &str,
    ) -> Result<Option<Id>, StoreError> {
        let (Some(reviewed), Some(approved)) = (
            &application.facts.reviewed_by,
            &application.facts.second_reviewed_by,
        ) else {
            return Err(StoreError::Impossible("application.second_reviewed_by"));
        };
        let id = self.state.new_id();
        let new = NewOrder {
            id: &id,
            platform: self.platform,
            provider: &application.provider,
            kind,
            application: application.id.as_str(),
            signing_key_sha256,
            body,
            entered_by: application.facts.entered_by.id(),
            reviewed_by: reviewed.id(),
            approved_by: approved.id(),
            at: self.now,
        };
        if !orders::insert(tx.connection(), &new).await? {
            return Ok(None);
        }
        if matches!(
            application.facts.kind,
            Kind::Revocation | Kind::Suspension | Kind::Resumption
        ) {
            let job = self.state.new_id();
            let job = NewJob {
                id: &job,
                platform: self.platform,
                kind: FOLLOW_ORDER,
                subject: id.as_str(),
                due_at: self.now,
            };
            jobs::schedule(tx.connection(), &job).await?;
        }
        Ok(Some(id))
    }
}

/// The event's stable word in history and audit.
#[must_use]
pub const fn word_of(event: &Event) -> &'static str {
    use domain::application::Decision;
    match event {
        Event::Edit => "edited",
        Event::Submit => "submitted",
        Event::Withdraw => "withdrawn",
        Event::Review(Decision::Pass) => "review_passed",
        Event::Review(Decision::Return { .. }) => "review_returned",
        Event::Review(Decision::Reject { .. }) => "review_rejected",
        Event::SecondReview(Decision::Pass) => "second_review_passed",
        Event::SecondReview(Decision::Return { .. }) => "second_review_returned",
        Event::SecondReview(Decision::Reject { .. }) => "second_review_rejected",
        Event::Pay => "payment_begun",
        Event::Voucher => "voucher_uploaded",
        Event::Paid => "payment_confirmed",
        Event::PaymentRefused => "payment_refused",
        Event::OriginalsSent => "originals_sent",
        Event::OriginalsReceived => "originals_received",
        Event::Begin => "production_begun",
        Event::Written => "written",
        Event::Pack => "packed",
        Event::Ship => "shipped",
        Event::Receive => "received",
        Event::Unlocked => "unlocked",
        Event::OrderDone => "order_done",
        Event::OrderRefused => "order_refused",
    }
}

/// A step that changes nothing but the application's own row.
pub struct Step<'a> {
    /// The context.
    pub context: Context<'a>,
    /// Which application.
    pub application: &'a Id,
    /// What happens.
    pub event: Event,
    /// In words, for the history.
    pub note: Option<String>,
    /// What else is written to the row.
    pub amend: &'a (dyn Fn(&mut Application) + Sync),
}

impl Deed for Step<'_> {
    type Done = Application;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Application, Fault>, StoreError> {
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        (self.amend)(&mut application);
        let note = self.note.as_deref();
        let stepped = self
            .context
            .advance(tx, &mut application, &self.event, note)
            .await?;
        Ok(stepped.map(|_| application))
    }
}

/// Changes nothing beside the step.
pub const fn as_it_is(_: &mut Application) {}
