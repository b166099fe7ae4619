//! Who does something: suppliers, operators with their duties, the program itself.

use serde::{Deserialize, Serialize};

use super::terms::words;
use crate::entropy::Id;

words! {
    /// What an operator may do (rule 10 keeps some of them apart within one application).
    Duty {
        /// 录入: enters at the counter, receives originals.
        Intake "intake" "录入" "Intake";
        /// 审核.
        Review "review" "审核" "Review";
        /// 复核.
        SecondReview "second_review" "复核" "Second review";
        /// 制证.
        Production "production" "制证" "Production";
        /// 发货.
        Dispatch "dispatch" "发货" "Dispatch";
        /// 财务.
        Finance "finance" "财务" "Finance";
        /// 审计: reads everything, changes nothing.
        Audit "audit" "审计" "Audit";
    }
}

/// An account or an operator, as an application's row names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// A supplier's account.
    Account(Id),
    /// An operator.
    Operator(Id),
}

impl Person {
    /// Their id; ids of accounts and operators are never the same.
    #[must_use]
    pub const fn id(&self) -> &Id {
        match self {
            Self::Account(id) | Self::Operator(id) => id,
        }
    }
}

/// Who steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An account of the organisation that applies.
    Supplier(Id),
    /// An operator with duties.
    Operator {
        /// Who.
        id: Id,
        /// What they may do.
        duties: Vec<Duty>,
    },
    /// The server itself: a gateway's word, an order that was carried out.
    System,
}

impl Actor {
    /// Whether they have a duty. An auditor has no other, whatever the table says (rule 10).
    #[must_use]
    pub fn has(&self, duty: Duty) -> bool {
        match self {
            Self::Operator { duties, .. } => {
                duties.contains(&duty) && (duty == Duty::Audit || !duties.contains(&Duty::Audit))
            }
            _ => false,
        }
    }

    /// The person, where it is one.
    #[must_use]
    pub fn person(&self) -> Option<Person> {
        match self {
            Self::Supplier(id) => Some(Person::Account(id.clone())),
            Self::Operator { id, .. } => Some(Person::Operator(id.clone())),
            Self::System => None,
        }
    }

    /// The word of their role in the history.
    #[must_use]
    pub const fn role(&self) -> &'static str {
        match self {
            Self::Supplier(_) => "supplier",
            Self::Operator { .. } => "operator",
            Self::System => "system",
        }
    }
}
