//! `POST /api/v1/operator/enquiries/{id}/answer`: confirmed, or not suitable, with words. Whoever asked is told in the
//! same transaction.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::notices::{self, NewNotice};
use store::{Deed, StoreError, Tx, enquiries};

use crate::http::documents::path_id;
use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::http::key_enquiries::words;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    suits: bool,
    /// Told to the supplier; a refusal says why and what to do.
    answer: String,
}

/// 204. A question is answered once.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
    JsonBody(form): JsonBody<Form>,
) -> Result<StatusCode, Problem> {
    let answer = words(&form.answer)?;
    if answer.is_empty() && !form.suits {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "请说明不适用的原因和办法",
            "Say why it does not suit and what to do",
        ));
    }
    let deed = Answer {
        platform: tenant.id(),
        enquiry: &path_id(&id)?,
        suits: form.suits,
        answer: &answer,
        by: &session.operator.id,
        notice: state.new_id(),
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| {
        Problem::of(ErrorCode::DocumentState)
            .with_detail("该问题已答复", "This question was answered already")
    })?;
    Ok(StatusCode::NO_CONTENT)
}

struct Answer<'a> {
    platform: &'a str,
    enquiry: &'a Id,
    suits: bool,
    answer: &'a str,
    by: &'a Id,
    notice: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Answer<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        let state = if self.suits {
            "confirmed"
        } else {
            "not_suitable"
        };
        let answered = enquiries::answer(
            tx.connection(),
            self.platform,
            self.enquiry,
            state,
            self.answer,
            self.by,
            self.now,
        )
        .await?;
        let Some(answered) = answered else {
            return Ok(Err(()));
        };
        let facts = serde_json::json!({
            "state": state, "answer": self.answer, "holder": answered.holder, "key_number": answered.key_number,
        });
        let notice = NewNotice {
            id: &self.notice,
            platform: self.platform,
            account: &answered.account,
            kind: "enquiry_answered",
            subject: self.enquiry.as_str(),
            facts: &facts.to_string(),
            at: self.now,
        };
        notices::tell(tx.connection(), &notice).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "key_enquiry.answered".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.enquiry.to_string()),
            detail: serde_json::json!({ "state": state }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
