//! The operator's staff in classes that exclude each other: who does the business neither audits it nor runs the system.

use serde::{Deserialize, Serialize};

use crate::application::Duty;

/// 业务, 审计, 系统. An operator is in one; the database says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 业务: applications, organisations, forced unbinding, money.
    Business,
    /// 审计: reads everything, changes nothing.
    Audit,
    /// 系统: regions, the catalogue, packages, operators.
    System,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Business, Self::Audit, Self::System];

    /// The word in the database and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Audit => "audit",
            Self::System => "system",
        }
    }

    /// The class of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The class that a duty belongs to.
    #[must_use]
    pub const fn of_duty(duty: Duty) -> Self {
        match duty {
            Duty::Audit => Self::Audit,
            Duty::Intake
            | Duty::Review
            | Duty::SecondReview
            | Duty::Production
            | Duty::Dispatch
            | Duty::Finance => Self::Business,
        }
    }

    /// What people say.
    #[must_use]
    pub fn text(self) -> contract::Text {
        match self {
            Self::Business => contract::Text::new("业务", "Business"),
            Self::Audit => contract::Text::new("审计", "Audit"),
            Self::System => contract::Text::new("系统", "System"),
        }
    }
}
