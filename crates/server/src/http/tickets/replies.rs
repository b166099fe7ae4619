//! `/api/v1/tickets/{id}/replies`: words on a ticket.

pub mod create;

use domain::audit::Entry;
use domain::ticket::{State, Who};
use domain::{Id, Timestamp};
use store::notices::{self, NewNotice};
use store::{Deed, StoreError, Tx, tickets};

use super::MOST_REPLIES;

/// Words that are added; the ticket moves to whoever reads next.
pub struct Say<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The ticket.
    pub ticket: &'a Id,
    /// Where it stood when it was read.
    pub state: &'a str,
    /// Who writes; `None`: the asker.
    pub operator: Option<&'a Id>,
    /// The account of the asker who writes, where they are logged in.
    pub asker: Option<&'a Id>,
    /// The words.
    pub text: &'a str,
    /// Ids of the reply, the audit entry and the notice.
    pub ids: [Id; 3],
    /// Now.
    pub now: Timestamp,
}

impl Deed for Say<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let who = if self.operator.is_some() {
            Who::Desk
        } else {
            Who::Asker
        };
        let next = State::from_name(self.state).and_then(|state| state.after_words_of(who));
        let Some(next) = next else {
            return Ok(Err(()));
        };
        let [reply, entry, notice] = &self.ids;
        let steps = (self.state, next.as_str());
        let told =
            tickets::advance(tx.connection(), self.platform, self.ticket, steps, self.now).await?;
        let Some(account) = told else {
            return Ok(Err(()));
        };
        if tickets::replies::reply_count(tx.connection(), self.platform, self.ticket).await?
            >= MOST_REPLIES
        {
            return Ok(Err(()));
        }
        tickets::replies::say(
            tx.connection(),
            reply,
            self.platform,
            self.ticket,
            self.operator,
            self.text,
            self.now,
        )
        .await?;
        if let (Some(account), Who::Desk) = (&account, who) {
            let facts = serde_json::json!({ "ticket": self.ticket.as_str(), "answer": self.text });
            let notice = NewNotice {
                id: notice,
                platform: self.platform,
                account,
                kind: "ticket_answered",
                // Each answer tells once.
                subject: reply.as_str(),
                facts: &facts.to_string(),
                at: self.now,
            };
            notices::tell(tx.connection(), &notice).await?;
        }
        tx.record(&Entry {
            id: entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "ticket.replied".into(),
            actor: self.operator.or(self.asker).cloned(),
            subject: Some(self.ticket.to_string()),
            detail: serde_json::json!({ "state": next.as_str() }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
