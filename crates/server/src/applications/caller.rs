//! Who calls about an application: a supplier, or an operator with duties. One extractor for both, so that one
//! endpoint serves both where they do the same.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use contract::ErrorCode;
use domain::Id;
use domain::application::{Actor, Duty, State, Way};
use store::applications::Application;

use crate::http::documents::path_id;
use crate::http::extract::{MaybeOperator, MaybeSession, Tenant};
use crate::{AppState, Problem};

/// Whoever is logged in.
#[derive(Clone, Debug)]
pub enum Caller {
    /// An account of an organisation.
    Supplier(Box<store::sessions::Session>),
    /// An operator.
    Operator {
        /// Their id.
        id: Id,
        /// What they may do.
        duties: Vec<Duty>,
    },
}

/// An operator with one duty at least: the desk's endpoints take this.
#[derive(Clone, Debug)]
pub struct Desk(pub Caller);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let MaybeSession(session) = MaybeSession::from_request_parts(parts, state).await?;
        if let Some(session) = session {
            return Ok(Self::Supplier(Box::new(session)));
        }
        let MaybeOperator(operator) = MaybeOperator::from_request_parts(parts, state).await?;
        let Some(session) = operator else {
            return Err(ErrorCode::NotLoggedIn.into());
        };
        let tenant = Tenant::from_request_parts(parts, state).await?;
        let duties = state
            .store
            .duties_of(tenant.id(), &session.operator.id)
            .await?;
        Ok(Self::Operator {
            id: session.operator.id,
            duties,
        })
    }
}

impl FromRequestParts<AppState> for Desk {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match &caller {
            Caller::Operator { duties, .. } if !duties.is_empty() => Ok(Self(caller)),
            _ => Err(Problem::of(ErrorCode::Forbidden).with_detail(
                "此功能仅供有相应职责的工作人员使用",
                "This is for staff with a duty in it",
            )),
        }
    }
}

impl Caller {
    /// As the machine knows them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Supplier(session) => Actor::Supplier(session.account.id.clone()),
            Self::Operator { id, duties } => Actor::Operator {
                id: id.clone(),
                duties: duties.clone(),
            },
        }
    }

    /// The supplier's organisation.
    #[must_use]
    pub fn organisation(&self) -> Option<&Id> {
        match self {
            Self::Supplier(session) => Some(&session.account.organisation.id),
            Self::Operator { .. } => None,
        }
    }

    /// The id of account or operator.
    #[must_use]
    pub fn id(&self) -> &Id {
        match self {
            Self::Supplier(session) => &session.account.id,
            Self::Operator { id, .. } => id,
        }
    }

    /// The supplier's session; operators are refused.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn supplier(&self) -> Result<&store::sessions::Session, Problem> {
        match self {
            Self::Supplier(session) => Ok(session),
            Self::Operator { .. } => Err(ErrorCode::Forbidden.into()),
        }
    }

    /// Asks for a duty; an auditor has none that changes anything.
    ///
    /// # Errors
    /// `forbidden`, with the duty's name.
    pub fn require(&self, duty: Duty) -> Result<(), Problem> {
        if self.actor().has(duty) {
            return Ok(());
        }
        let name = duty.text();
        Err(Problem::of(ErrorCode::Forbidden).with_detail(
            format!("此操作由“{}”岗位办理", name.zh),
            format!("This is the duty of {}", name.en),
        ))
    }

    /// Whether they may see an application: suppliers their organisation's, a desk what is no supplier's draft.
    #[must_use]
    pub fn sees(&self, application: &Application) -> bool {
        match self {
            Self::Supplier(session) => {
                application.organisation.as_ref() == Some(&session.account.organisation.id)
            }
            Self::Operator { duties, .. } => {
                let draft = application.facts.state == State::Draft;
                !duties.is_empty() && (!draft || application.facts.way == Way::Counter)
            }
        }
    }

    /// The application of a path, where the caller may see it.
    ///
    /// # Errors
    /// `not_found`: whether a foreign one exists is nobody's business.
    pub async fn find(
        &self,
        state: &AppState,
        tenant: &Tenant,
        id: &str,
    ) -> Result<Application, Problem> {
        let found = state.store.application(tenant.id(), &path_id(id)?).await?;
        found
            .filter(|application| self.sees(application))
            .ok_or_else(|| Problem::of(ErrorCode::NotFound))
    }
}
