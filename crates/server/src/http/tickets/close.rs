//! `POST /api/v1/tickets/{id}/closing`: the asker says how it ended.

use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::ticket::Resolution;
use domain::{Id, Timestamp};
use serde::Deserialize;
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
        account: ticket.account.as_ref(),
        resolution,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| over())?;
    Ok(StatusCode::NO_CONTENT)
}

struct Close<'a> {
    platform: &'a str,
    ticket: &'a Id,
    account: Option<&'a Id>,
    resolution: Resolution,
    entry: Id,
    now: Timestamp,
}

impl Deed for Close<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let resolution = self.resolution.as_str();
        let closed = tickets::close(
            tx.connection(),
            self.platform,
            self.ticket,
            Some(resolution),
            self.now,
        )
        .await?;
        if !closed {
            return Ok(Err(()));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "ticket.closed".into(),
            actor: self.account.cloned(),
            subject: Some(self.ticket.to_string()),
            detail: serde_json::json!({ "resolution": resolution }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
