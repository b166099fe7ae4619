//! `/api/v1/accounts` (账户管理, 员工管理): the accounts of one's organisation.

use contract::ErrorCode;
use domain::binding::masked_phone;
use serde::Serialize;
use store::accounts::people::Person;
use store::sessions::Session;

use crate::Problem;
use crate::http::time::rfc3339;

pub mod administrator;
pub mod create;
pub mod invitation;
pub mod leave;
pub mod list;
pub mod show;
pub mod update;

/// Posts of whoever is no administrator.
pub const POSTS: [&str; 4] = ["handler", "seal_keeper", "finance", "reader"];

/// An account as other lists show it.
#[derive(Debug, Serialize)]
pub struct AccountName {
    /// Its id.
    pub id: String,
    /// What one logs in with.
    pub account: String,
    /// The person's name.
    pub name: String,
}

/// An account in the administrator's list.
#[derive(Debug, Serialize)]
pub struct PersonBody {
    id: String,
    account: String,
    name: String,
    phone: String,
    phone_verified: bool,
    role: String,
    state: String,
    ca_login: String,
    department: Option<DepartmentName>,
    keys: i64,
    last_login_at: Option<String>,
    version: i64,
}

#[derive(Debug, Serialize)]
struct DepartmentName {
    id: String,
    name: String,
}

impl PersonBody {
    /// An account with what stands beside it; the number in full to those who may change it.
    #[must_use]
    pub fn of(person: &Person, whole: bool) -> Self {
        let account = &person.account;
        Self {
            id: account.id.to_string(),
            account: account.name.clone(),
            name: account.person.clone(),
            phone: if whole {
                account.phone.clone()
            } else {
                masked_phone(&account.phone)
            },
            phone_verified: account.phone_verified,
            role: account.role.clone(),
            state: account.state.clone(),
            ca_login: account.ca_login.clone(),
            department: person.department.as_ref().map(|(id, name)| DepartmentName {
                id: id.to_string(),
                name: name.clone(),
            }),
            keys: person.keys,
            last_login_at: person.last_login_at.map(rfc3339),
            version: person.version,
        }
    }
}

/// Asks for the organisation's administrator.
///
/// # Errors
/// `forbidden`.
pub fn administrator(session: &Session) -> Result<(), Problem> {
    if session.account.role == "administrator" {
        Ok(())
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

/// A post of a form.
///
/// # Errors
/// `invalid`.
pub fn post(text: &str) -> Result<&'static str, Problem> {
    POSTS.into_iter().find(|post| *post == text).ok_or_else(|| {
        Problem::of(ErrorCode::Invalid).with_detail("没有这种角色", "There is no such role")
    })
}
