//! `/api/v1/deadlines`: deadlines that a supplier sets; three working days before each they are reminded, as the manual
//! advises (至少提前3个工作日联系平台确认).

pub mod create;
pub mod end;
pub mod list;

use domain::calendar::{Calendar, day_in_china};
use serde::Serialize;
use store::deadlines::Deadline;

use crate::http::time::rfc3339;

/// How many working days before a deadline the reminder is given.
pub const WORKING_DAYS: u32 = 3;
/// The job that gives it.
pub const JOB: &str = "deadline.remind";

/// A deadline in JSON.
#[derive(Debug, Serialize)]
pub struct DeadlineBody {
    id: String,
    name: String,
    at: String,
    remind_at: String,
    reminded_at: Option<String>,
    /// Whether the holidays of that year are in the calendar; where not, weekends alone were counted.
    holidays_known: bool,
}

impl DeadlineBody {
    /// A deadline's row.
    #[must_use]
    pub fn of(calendar: &Calendar, deadline: &Deadline) -> Self {
        Self {
            id: deadline.id.to_string(),
            name: deadline.name.clone(),
            at: rfc3339(deadline.at),
            remind_at: rfc3339(deadline.remind_at),
            reminded_at: deadline.reminded_at.map(rfc3339),
            holidays_known: calendar.knows(day_in_china(deadline.at)),
        }
    }
}
