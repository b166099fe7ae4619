//! `/api/v1/session`: the caller's own.

use domain::application::Duty;
use domain::session::Method;
use serde::Serialize;
use store::accounts::{Account, Organisation};
use store::operators::Operator;

pub mod end;
pub mod show;

/// A session as the pages read it; without one, `account` is null.
#[derive(Debug, Serialize)]
pub struct SessionBody {
    account: Option<AccountBody>,
    organisation: Option<OrganisationBody>,
    logged_in_by: Option<LoggedInBy>,
    /// An operator's duties; absent for everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<OperatorBody>,
}

/// What an operator may do.
#[derive(Debug, Serialize)]
struct OperatorBody {
    duties: Vec<Duty>,
}

/// An account in JSON.
#[derive(Debug, Serialize)]
pub struct AccountBody {
    id: String,
    name: String,
    person: String,
    role: String,
    phone: String,
    phone_verified: bool,
}

/// An organisation in JSON.
#[derive(Debug, Serialize)]
pub struct OrganisationBody {
    name: String,
    uscc: String,
}

#[derive(Debug, Serialize)]
struct LoggedInBy {
    method: Method,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_number: Option<String>,
    /// A stable word for what was accepted by policy, to be shown as a line of warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<String>,
}

impl SessionBody {
    /// Nobody is logged in.
    #[must_use]
    pub const fn nobody() -> Self {
        Self {
            account: None,
            organisation: None,
            logged_in_by: None,
            operator: None,
        }
    }

    /// An operator is: an account of role `operator` without an organisation.
    #[must_use]
    pub fn of_operator(operator: &Operator, duties: Vec<Duty>) -> Self {
        Self {
            account: Some(AccountBody {
                id: operator.id.to_string(),
                name: operator.name.clone(),
                person: operator.person.clone(),
                role: "operator".to_owned(),
                phone: operator.phone.clone(),
                phone_verified: false,
            }),
            organisation: None,
            logged_in_by: Some(LoggedInBy {
                method: Method::Password,
                key_number: None,
                risk: None,
            }),
            operator: Some(OperatorBody { duties }),
        }
    }

    /// Somebody of an organisation is.
    #[must_use]
    pub fn of(
        account: &Account,
        method: Method,
        key_number: Option<String>,
        risk: Option<String>,
    ) -> Self {
        Self {
            account: Some(AccountBody::of(account)),
            organisation: Some(OrganisationBody::of(&account.organisation)),
            logged_in_by: Some(LoggedInBy {
                method,
                key_number,
                risk,
            }),
            operator: None,
        }
    }
}

impl AccountBody {
    /// The account's public face to its own organisation.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            person: account.person.clone(),
            role: account.role.clone(),
            phone: account.phone.clone(),
            phone_verified: account.phone_verified,
        }
    }
}

impl OrganisationBody {
    /// Name and code.
    #[must_use]
    pub fn of(organisation: &Organisation) -> Self {
        Self {
            name: organisation.name.clone(),
            uscc: organisation.uscc.clone(),
        }
    }
}
