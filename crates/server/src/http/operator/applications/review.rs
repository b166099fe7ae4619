//! `POST /api/v1/operator/applications/{id}/review`: 审核 — 通过, 退回补正 with marks, 驳回 with the reason.

use axum::Json;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::application::{Decision, Event, FieldNote};
use serde::Deserialize;

use crate::applications::caller::Desk;
use crate::applications::step::as_it_is;
use crate::applications::view::{self, Detail};
use crate::applications::{Context, Step};
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// Most marks of one return.
const MARKS: usize = 50;
const LONGEST: usize = 500;

/// What a reviewer decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    decision: Word,
    #[serde(default)]
    note: String,
    #[serde(default)]
    fields: Vec<FieldNote>,
    #[serde(default)]
    reason: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Pass,
    Return,
    Reject,
}

impl Request {
    /// The decision and its note for the history.
    ///
    /// # Errors
    /// `invalid` where a return marks nothing, or a rejection has no reason.
    pub fn decide(self) -> Result<(Decision, Option<String>), Problem> {
        let invalid = |zh: &str, en: &str| Err(Problem::of(ErrorCode::Invalid).with_detail(zh, en));
        let bounded = |text: &str| text.chars().count() <= LONGEST;
        let marks = self.fields.len() <= MARKS
            && self
                .fields
                .iter()
                .all(|mark| bounded(&mark.field) && bounded(&mark.note));
        if !marks || !bounded(&self.note) || !bounded(&self.reason) {
            return invalid(
                "说明不超过 500 字，标注不超过 50 处",
                "500 characters and 50 marks at most",
            );
        }
        Ok(match self.decision {
            Word::Pass => (
                Decision::Pass,
                Some(self.note).filter(|note| !note.is_empty()),
            ),
            Word::Return => {
                if self.fields.is_empty() && self.note.trim().is_empty() {
                    return invalid("请标注需要补正的内容", "Mark what must be corrected");
                }
                let note = self.note.clone();
                let decision = Decision::Return {
                    fields: self.fields,
                    note: self.note,
                };
                (decision, Some(note).filter(|note| !note.is_empty()))
            }
            Word::Reject => {
                let reason = if self.reason.trim().is_empty() {
                    self.note
                } else {
                    self.reason
                };
                if reason.trim().is_empty() {
                    return invalid("请填写驳回原因", "Say why it is rejected");
                }
                let note = Some(reason.clone());
                (Decision::Reject { reason }, note)
            }
        })
    }
}

/// The application after the review.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Detail>, Problem> {
    let (decision, note) = request.decide()?;
    let application = caller.find(&state, &tenant, &id).await?;
    let actor = caller.actor();
    let step = Step {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        event: Event::Review(decision),
        note,
        amend: &as_it_is,
    };
    let done = state.store.perform(&step).await??;
    view::detail(&state, &tenant, &caller, &done)
        .await
        .map(Json)
}
