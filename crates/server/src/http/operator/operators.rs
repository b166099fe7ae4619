//! `/api/v1/operator/operators`: the staff in its three classes, kept by the system class.

use contract::ErrorCode;
use domain::application::Duty;
use domain::staff::Class;
use serde::Serialize;
use store::operators::Listed;

use crate::Problem;
use crate::http::time::rfc3339;

pub mod create;
pub mod list;
pub mod update;

/// An operator in JSON.
#[derive(Debug, Serialize)]
pub struct OperatorBody {
    id: String,
    name: String,
    person: String,
    phone: String,
    class: Class,
    duties: Vec<Duty>,
    second_factor: bool,
    created_at: String,
    ended_at: Option<String>,
    version: i64,
}

impl OperatorBody {
    /// An operator.
    #[must_use]
    pub fn of(listed: &Listed) -> Self {
        let operator = &listed.operator;
        Self {
            id: operator.id.to_string(),
            name: operator.name.clone(),
            person: operator.person.clone(),
            phone: operator.phone.clone(),
            class: operator.class,
            duties: listed.duties.clone(),
            second_factor: listed.second_factor,
            created_at: rfc3339(listed.created_at),
            ended_at: listed.ended_at.map(rfc3339),
            version: listed.version,
        }
    }
}

/// Duties of one class; 业务 has one at least, 审计 that one, 系统 none.
///
/// # Errors
/// `class_conflict`.
pub fn check(class: Class, duties: &[Duty]) -> Result<(), Problem> {
    let fits = duties.iter().all(|duty| Class::of_duty(*duty) == class);
    let many = match class {
        Class::System => duties.is_empty(),
        Class::Business | Class::Audit => !duties.is_empty(),
    };
    if fits && many {
        Ok(())
    } else {
        Err(ErrorCode::ClassConflict.into())
    }
}
