//! `/api/v1/session`: the caller's own.

use catalogue::{Platform, SecondFactor};
use domain::application::Duty;
use domain::session::Method;
use domain::staff::Class;
use serde::Serialize;
use store::accounts::{Account, Organisation};
use store::operators::Operator;

pub mod end;
pub mod region;
pub mod show;

/// A session as the pages read it; without one, `account` is null.
#[derive(Debug, Serialize)]
pub struct SessionBody {
    account: Option<AccountBody>,
    organisation: Option<OrganisationBody>,
    logged_in_by: Option<LoggedInBy>,
    /// The region that was chosen, by its code.
    region: Option<String>,
    /// An operator's duties; absent for everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<OperatorBody>,
}

/// What an operator may do.
#[derive(Debug, Serialize)]
struct OperatorBody {
    duties: Vec<Duty>,
    class: Class,
    second_factor: SecondFactorBody,
}

/// Whether a second factor is there, is wanted, and was shown in this session.
#[derive(Debug, Serialize)]
struct SecondFactorBody {
    set_up: bool,
    required: bool,
    shown: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_login: Option<String>,
}

/// An organisation in JSON.
#[derive(Debug, Serialize)]
pub struct OrganisationBody {
    id: String,
    name: String,
    uscc: String,
    state: String,
    kind: String,
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
            region: None,
            operator: None,
        }
    }

    /// An operator is: an account of role `operator` without an organisation.
    #[must_use]
    pub fn of_operator(
        operator: &Operator,
        duties: Vec<Duty>,
        platform: &Platform,
        set_up: bool,
        shown: bool,
    ) -> Self {
        Self {
            account: Some(AccountBody {
                id: operator.id.to_string(),
                name: operator.name.clone(),
                person: operator.person.clone(),
                role: "operator".to_owned(),
                phone: operator.phone.clone(),
                phone_verified: false,
                ca_login: None,
            }),
            organisation: None,
            logged_in_by: Some(LoggedInBy {
                method: Method::Password,
                key_number: None,
                risk: None,
            }),
            region: None,
            operator: Some(OperatorBody {
                duties,
                class: operator.class,
                second_factor: SecondFactorBody {
                    set_up,
                    required: platform.policies.staff_second_factor == SecondFactor::Required,
                    shown,
                },
            }),
        }
    }

    /// Somebody of an organisation is.
    #[must_use]
    pub fn of(
        account: &Account,
        method: Method,
        key_number: Option<String>,
        risk: Option<String>,
        region: Option<String>,
    ) -> Self {
        Self {
            account: Some(AccountBody::of(account)),
            organisation: Some(OrganisationBody::of(&account.organisation)),
            logged_in_by: Some(LoggedInBy {
                method,
                key_number,
                risk,
            }),
            region,
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
            ca_login: Some(account.ca_login.clone()),
        }
    }
}

impl OrganisationBody {
    /// Name and code.
    #[must_use]
    pub fn of(organisation: &Organisation) -> Self {
        Self {
            id: organisation.id.to_string(),
            name: organisation.name.clone(),
            uscc: organisation.uscc.clone(),
            state: organisation.state.clone(),
            kind: organisation.kind.clone(),
        }
    }
}
