//! What the applicant and the records hear of an application: 消息, text messages and mails, and the history of what
//! happened without a step.

use domain::application::{Actor, Form, State};
use store::applications::codes::{self, Message};
use store::applications::{self, Application, NewStep};
use store::notices::{self, NewNotice};
use store::{StoreError, Tx};

use super::step::Context;

impl Context<'_> {
    /// Tells of a new state, where whoever applied did not bring it about.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        step: &domain::Id,
        note: Option<&str>,
    ) -> Result<(), StoreError> {
        if matches!(self.actor, Actor::Supplier(_)) {
            return Ok(());
        }
        let state = application.facts.state;
        let text = state.text_for(application.facts.kind);
        let facts = serde_json::json!({
            "application": application.id, "number": application.number, "kind": application.facts.kind,
            "state": state, "state_text": text, "note": note,
        });
        self.notice(tx, application, "application_state", step.as_str(), &facts)
            .await?;
        let news = matches!(
            state,
            State::Returned
                | State::Rejected
                | State::AwaitingPayment
                | State::Writing
                | State::Shipped
        );
        if !news {
            return Ok(());
        }
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        let words = format!(
            "您的数字证书申请 {} 当前状态：{}。",
            application.number, text.zh
        );
        self.message(tx, "sms", form.handler_phone, "application_state", words)
            .await
    }

    /// A notice to the account that follows the application, once for each subject.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn notice(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        kind: &str,
        subject: &str,
        facts: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let Some(account) = &application.account else {
            return Ok(());
        };
        let id = self.state.new_id();
        let notice = NewNotice {
            id: &id,
            platform: self.platform,
            account,
            kind,
            subject,
            facts: &facts.to_string(),
            at: self.now,
        };
        notices::tell(tx.connection(), &notice).await?;
        Ok(())
    }

    /// A message through a channel, `sms` or `mail`; none where the form names no recipient.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn message(
        &self,
        tx: &mut Tx<'_>,
        channel: &str,
        recipient: String,
        kind: &str,
        text: String,
    ) -> Result<(), StoreError> {
        if recipient.is_empty() {
            return Ok(());
        }
        let message = Message {
            id: self.state.new_id(),
            channel: channel.to_owned(),
            recipient,
            kind: kind.to_owned(),
            text,
            created_at: self.now,
        };
        codes::post(tx.connection(), self.platform, &message).await
    }

    /// What happened without a step, in the history and the audit log.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        event: &'static str,
        note: &str,
    ) -> Result<(), StoreError> {
        let id = self.state.new_id();
        applications::explain(
            tx.connection(),
            &NewStep {
                id: &id,
                platform: self.platform,
                application: &application.id,
                event,
                state: application.facts.state,
                actor: self.actor,
                note: Some(note),
                at: self.now,
            },
        )
        .await?;
        tx.record(&domain::audit::Entry {
            id: self.state.new_id(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: format!("application.{event}").into(),
            actor: self.actor.person().map(|person| person.id().clone()),
            subject: Some(application.id.to_string()),
            detail: "{}".into(),
        })
        .await
    }
}
