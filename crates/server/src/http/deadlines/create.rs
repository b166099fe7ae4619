//! `POST /api/v1/deadlines`: sets a deadline, and schedules its reminder in the same transaction.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::DisplayName;
use domain::{Id, Span, Timestamp};
use serde::Deserialize;
use store::deadlines::{self, Deadline};
use store::jobs::{self, NewJob};
use store::{Deed, StoreError, Tx};

use super::{DeadlineBody, JOB, WORKING_DAYS};
use crate::http::extract::{LoggedIn, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What for, such as a tender's name.
    name: String,
    /// RFC 3339, with its offset.
    at: String,
}

/// A deadline lies within this time from now.
const FAR: Span = Span::hours(24 * 366 * 2);
/// An organisation has this many at a time.
const MOST: usize = 200;

/// 201 with the deadline and the moment of its reminder; one that is nearer than three working days reminds at once.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<DeadlineBody>), Problem> {
    let invalid = |zh: &str, en: &str| Problem::of(ErrorCode::Invalid).with_detail(zh, en);
    let name: DisplayName = form.name.parse().map_err(|_| {
        invalid(
            "项目名称为 1 至 100 个字符",
            "A name has 1 to 100 characters",
        )
    })?;
    let at = form
        .at
        .parse::<jiff::Timestamp>()
        .map(|instant| Timestamp(instant.as_microsecond()))
        .map_err(|_| invalid("截止时间的格式不正确", "The deadline is no RFC 3339 time"))?;
    let now = state.now();
    if at <= now || at > now + FAR {
        return Err(invalid(
            "截止时间须晚于现在，且在两年之内",
            "A deadline lies in the future, within two years",
        ));
    }
    let organisation = session.account.organisation.id.clone();
    if state
        .store
        .deadlines(tenant.id(), &organisation)
        .await?
        .len()
        >= MOST
    {
        return Err(invalid(
            "截止时间过多，请先删除不再需要的",
            "There are too many deadlines. Remove some first",
        ));
    }
    let calendar = &tenant.rules.calendar;
    let deed = Set {
        platform: tenant.id(),
        deadline: Deadline {
            id: state.new_id(),
            organisation,
            account: session.account.id.clone(),
            name: name.as_str().to_owned(),
            at,
            remind_at: calendar.reminder(at, WORKING_DAYS, now),
            reminded_at: None,
        },
        job: state.new_id(),
        entry: state.new_id(),
        now,
    };
    let Ok(()) = state.store.perform(&deed).await?;
    // Whoever waits for jobs looks again: this one may be due at once.
    state.jobs_changed.notify_one();
    Ok((
        StatusCode::CREATED,
        Json(DeadlineBody::of(calendar, &deed.deadline)),
    ))
}

struct Set<'a> {
    platform: &'a str,
    deadline: Deadline,
    job: Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Set<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        deadlines::insert(tx.connection(), self.platform, &self.deadline, self.now).await?;
        let job = NewJob {
            id: &self.job,
            platform: self.platform,
            kind: JOB,
            subject: self.deadline.id.as_str(),
            due_at: self.deadline.remind_at,
        };
        jobs::schedule(tx.connection(), &job).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "deadline.set".into(),
            actor: Some(self.deadline.account.clone()),
            subject: Some(self.deadline.id.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(()))
    }
}
