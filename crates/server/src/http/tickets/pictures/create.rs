//! `POST /api/v1/tickets/{id}/pictures?name=FILE`: a screenshot. The body is the file; its type is what it is.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::tickets::pictures::{self, Picture};
use store::{Deed, StoreError, Tx};

use crate::applications::files;
use crate::http::extract::Tenant;
use crate::http::tickets::{MOST_PICTURES, Mine, over};
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    #[serde(default)]
    name: String,
}

/// 201.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Mine(ticket): Mine,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    if ticket.state == "closed" {
        return Err(over());
    }
    let paper = files::receive(&state, &headers, &parameters.name, body).await?;
    let id = state.new_id();
    let picture = Picture {
        object: format!("tickets/{}/{id}", ticket.id),
        id,
        name: paper.name,
        media_type: paper.media_type.to_owned(),
        size: i64::try_from(paper.received.size).unwrap_or(i64::MAX),
        sha256: paper.received.sha256.clone(),
        at: state.now(),
    };
    state.files.put(&picture.object, paper.received).await?;
    let deed = Keep {
        platform: tenant.id(),
        ticket: &ticket.id,
        account: ticket.account.as_ref(),
        picture: &picture,
        entry: state.new_id(),
        now: state.now(),
    };
    match state.store.perform(&deed).await {
        Ok(Ok(())) => Ok(StatusCode::CREATED),
        Ok(Err(())) => {
            state.files.discard(&picture.object).await;
            Err(Problem::of(ErrorCode::TooLarge)
                .with_detail("每个工单最多 6 张截图", "A ticket has six pictures at most"))
        }
        Err(error) => {
            state.files.discard(&picture.object).await;
            Err(error.into())
        }
    }
}

struct Keep<'a> {
    platform: &'a str,
    ticket: &'a Id,
    account: Option<&'a Id>,
    picture: &'a Picture,
    entry: Id,
    now: Timestamp,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let there = pictures::picture_count(tx.connection(), self.platform, self.ticket).await?;
        if there >= MOST_PICTURES {
            return Ok(Err(()));
        }
        pictures::insert_picture(tx.connection(), self.platform, self.ticket, self.picture).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "ticket.picture_added".into(),
            actor: self.account.cloned(),
            subject: Some(self.ticket.to_string()),
            detail: serde_json::json!({ "sha256": self.picture.sha256 }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
