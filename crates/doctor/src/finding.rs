//! What a check says. It says something in every case, so that a support desk sees what was looked at and not only
//! what was bad.

use contract::Text;
use serde::Serialize;
use ts_rs::TS;

use crate::case::{Action, Case, Link, by_name};
use crate::seen::Seen;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Good,
    /// It works, but not for long or not well.
    Warning,
    /// It could not be found out.
    Unknown,
    /// It does not work.
    Failed,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's stable code.
    pub code: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What that means.
    pub summary: Text,
    /// What was seen, a line each: paths, numbers, times. No names of people.
    pub evidence: Vec<String>,
    /// What to do; absent where nothing is to be done.
    pub remedy: Option<Text>,
    /// Where in the chain.
    pub link: Link,
    /// The case of the catalogue, by name.
    pub case: Option<&'static str>,
    /// Its number.
    pub number: Option<u16>,
    /// Why, in plain words.
    pub cause: Option<Text>,
    /// What to do, step by step.
    pub steps: Vec<Text>,
    /// What the program can do.
    pub actions: Vec<Action>,
    /// What was seen, typed.
    pub seen: Vec<Seen>,
}

impl Finding {
    /// As it should be.
    #[must_use]
    pub fn good(code: &'static str, link: Link, summary: (&str, &str)) -> Finding {
        Finding {
            code,
            outcome: Outcome::Good,
            summary: Text::new(summary.0, summary.1),
            evidence: Vec::new(),
            remedy: None,
            link,
            case: None,
            number: None,
            cause: None,
            steps: Vec::new(),
            actions: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// It could not be found out.
    #[must_use]
    pub fn unknown(code: &'static str, link: Link, summary: (&str, &str)) -> Finding {
        Finding {
            outcome: Outcome::Unknown,
            ..Finding::good(code, link, summary)
        }
    }

    /// A case of the catalogue.
    #[must_use]
    pub fn of(code: &'static str, outcome: Outcome, case: &'static str) -> Finding {
        let Some(case) = by_name(case) else {
            // A test goes through every name that a check uses.
            return Finding::unknown(code, Link::Agent, (case, case));
        };
        Finding::of_case(code, outcome, case)
    }

    /// The same by the case itself.
    #[must_use]
    pub fn of_case(code: &'static str, outcome: Outcome, case: &'static Case) -> Finding {
        let join = |pick: fn(&crate::Words) -> &'static str| {
            case.steps.iter().map(pick).collect::<Vec<_>>().join(" ")
        };
        Finding {
            outcome,
            remedy: Some(Text::new(join(|step| step.zh), join(|step| step.en))),
            case: Some(case.name),
            number: Some(case.number),
            cause: Some(case.cause.text()),
            steps: case.steps.iter().map(|step| step.text()).collect(),
            actions: case.actions.to_vec(),
            ..Finding::good(code, case.link, (case.symptom.zh, case.symptom.en))
        }
    }

    /// With its evidence.
    #[must_use]
    pub fn with(mut self, seen: impl IntoIterator<Item = Seen>) -> Finding {
        self.seen.extend(seen);
        self.evidence = self.seen.iter().map(Seen::line).collect();
        self
    }

    /// In other words than the case's symptom.
    #[must_use]
    pub fn saying(mut self, summary: (&str, &str)) -> Finding {
        self.summary = Text::new(summary.0, summary.1);
        self
    }

    /// Without what the program can't do here.
    #[must_use]
    pub fn without(mut self, actions: &[Action]) -> Finding {
        self.actions.retain(|action| !actions.contains(action));
        self
    }

    /// The same for whoever is not the user.
    #[must_use]
    pub fn redacted(&self) -> Finding {
        let seen: Vec<Seen> = self.seen.iter().map(Seen::redacted).collect();
        Finding {
            evidence: seen.iter().map(Seen::line).collect(),
            seen,
            ..self.clone()
        }
    }
}
