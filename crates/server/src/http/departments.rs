//! `/api/v1/departments` (部门管理): a tree of at most five levels.

use serde::Serialize;
use store::accounts::departments::Department;

pub mod create;
pub mod delete;
pub mod list;
pub mod update;

/// A department in JSON.
#[derive(Debug, Serialize)]
pub struct DepartmentBody {
    id: String,
    name: String,
    parent: Option<String>,
    depth: i64,
    people: i64,
    version: i64,
}

impl DepartmentBody {
    /// A department.
    #[must_use]
    pub fn of(department: &Department) -> Self {
        Self {
            id: department.id.to_string(),
            name: department.name.clone(),
            parent: department.parent.as_ref().map(ToString::to_string),
            depth: department.depth,
            people: department.people,
            version: department.version,
        }
    }
}
