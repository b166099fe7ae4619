//! `POST /api/v1/tickets/{id}/closing`: the asker says how it ended.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::ticket::Resolution;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::notices::{self, NewNotice};
use store::{Deed, StoreError, Tx, tickets};

use super::{Mine, over};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// `self`, `helped` or `not`.
    resolution: String,
}

/// 204.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Mine(ticket): Mine,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let resolution = Resolution::from_name(&form.resolution).ok_or(ErrorCode::Invalid)?;
    let deed = Close {
        platform: tenant.id(),
        ticket: &ticket.id,
        actor: ticket.account.as_ref(),
        resolution: Some(resolution),
        ids: [state.new_id(), state.new_id()],
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| over())?;
    Ok(StatusCode::NO_CONTENT)
}

/// The end of a ticket.
pub struct Close<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The ticket.
    pub ticket: &'a Id,
    /// Who ends it.
    pub actor: Option<&'a Id>,
    /// How it ended, as the asker says; `None`: the desk ends it, and the asker is told.
    pub resolution: Option<Resolution>,
    /// Ids of the audit entry and the notice.
    pub ids: [Id; 2],
    /// Now.
    pub now: Timestamp,
}

impl Deed for Close<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let resolution = self.resolution.map(Resolution::as_str);
        let closed = tickets::close(
            tx.connection(),
            self.platform,
            self.ticket,
            resolution,
            self.now,
        )
        .await?;
        let Some(account) = closed else {
            return Ok(Err(()));
        };
        let [entry, notice] = &self.ids;
        if let (Some(account), None) = (&account, resolution) {
            let facts = serde_json::json!({ "ticket": self.ticket.as_str() });
            let notice = NewNotice {
                id: notice,
                platform: self.platform,
                account,
                kind: "ticket_closed",
                subject: self.ticket.as_str(),
                facts: &facts.to_string(),
                at: self.now,
            };
            notices::tell(tx.connection(), &notice).await?;
        }
        tx.record(&Entry {
            id: entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "ticket.closed".into(),
            actor: self.actor.cloned(),
            subject: Some(self.ticket.to_string()),
            detail: serde_json::json!({ "resolution": resolution }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
