//! Runs every check side by side, each with a limit on its time, and tells each answer as it comes.
//!
//! A probe that hangs, fails or panics costs its own line and no other. Time is a parameter ([`Timer`]), so that a
//! test need not wait for it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use contract::Text;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use serde::Serialize;

use crate::case::{self, Found};
use crate::chain::Chain;
use crate::checks::{self, Check};
use crate::finding::{Finding, Outcome};
use crate::machine::Machine;
use crate::seen::Seen;

/// Time, as a parameter.
pub trait Timer: Send + Sync {
    /// Resolves after this long.
    fn after(&self, time: Duration) -> BoxFuture<'static, ()>;
    /// Since the diagnosis began.
    fn elapsed(&self) -> Duration;
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One check.
    pub check: Duration,
}

impl Default for Limits {
    /// All checks run at once, so this is the limit of all as well.
    fn default() -> Limits {
        Limits {
            check: Duration::from_millis(4800),
        }
    }
}

/// What to ask the user where no program can see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The case that "yes" leads to.
    pub case: &'static str,
    /// Its number.
    pub number: u16,
    /// The question.
    pub question: Text,
    /// What to do.
    pub steps: Vec<Text>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The worst of all.
    pub outcome: Option<Outcome>,
    /// What each check says, in the order of the chain.
    pub findings: Vec<Finding>,
    /// The chain with its broken link.
    pub chain: Chain,
    /// What to ask where nothing was found, or what was found did not help.
    pub questions: Vec<Question>,
    /// How long the first answer took, in milliseconds.
    pub first_millis: u64,
    /// How long all took.
    pub millis: u64,
}

impl Diagnosis {
    /// The diagnosis of what was found.
    #[must_use]
    pub fn of(findings: Vec<Finding>, first: Duration, all: Duration) -> Diagnosis {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Diagnosis {
            outcome: findings.iter().map(|finding| finding.outcome).max(),
            chain: Chain::of(&findings),
            questions: questions(),
            findings,
            first_millis: millis(first),
            millis: millis(all),
        }
    }

    /// Names of the cases that were found.
    pub fn cases(&self) -> impl Iterator<Item = &'static str> {
        self.findings.iter().filter_map(|finding| finding.case)
    }

    /// The same for whoever is not the user.
    #[must_use]
    pub fn redacted(&self) -> Diagnosis {
        Diagnosis {
            findings: self.findings.iter().map(Finding::redacted).collect(),
            ..self.clone()
        }
    }
}

/// The questions of the catalogue.
#[must_use]
pub fn questions() -> Vec<Question> {
    case::all()
        .filter(|case| matches!(case.found, Found::Asked | Found::Simulated))
        .filter_map(|case| {
            Some(Question {
                case: case.name,
                number: case.number,
                question: case.question?.text(),
                steps: case.steps.iter().map(|step| step.text()).collect(),
            })
        })
        .collect()
}

/// Looks at a machine, and tells of each finding as it comes.
pub async fn diagnose(
    machine: &dyn Machine,
    timer: &dyn Timer,
    limits: Limits,
    mut tell: impl FnMut(&Finding),
) -> Diagnosis {
    let mut running: FuturesUnordered<_> = checks::ALL
        .iter()
        .enumerate()
        .map(
            |(place, check)| async move { (place, one(check, machine, timer, limits.check).await) },
        )
        .collect();
    let mut found: Vec<(usize, Vec<Finding>)> = Vec::new();
    let mut first = None;
    while let Some((place, findings)) = running.next().await {
        for finding in &findings {
            first.get_or_insert_with(|| timer.elapsed());
            tell(finding);
        }
        found.push((place, findings));
    }
    found.sort_by_key(|(place, _)| *place);
    let findings = found.into_iter().flat_map(|(_, findings)| findings);
    Diagnosis::of(
        findings.collect(),
        first.unwrap_or_else(|| timer.elapsed()),
        timer.elapsed(),
    )
}

async fn one(
    check: &Check,
    machine: &dyn Machine,
    timer: &dyn Timer,
    limit: Duration,
) -> Vec<Finding> {
    let run = AssertUnwindSafe((check.run)(machine)).catch_unwind();
    match select(run, timer.after(limit)).await {
        Either::Left((Ok(findings), _)) => findings,
        Either::Left((Err(_), _)) => vec![
            Finding::unknown(
                check.code,
                check.link,
                (
                    "这一项检查自身出错，其余检查不受影响",
                    "This check itself failed; the others stand",
                ),
            )
            .with([Seen::said("the probe panicked")]),
        ],
        Either::Right(((), _)) => vec![
            Finding::unknown(
                check.code,
                check.link,
                ("没有在规定时间内查明", "It could not be found out in time"),
            )
            .with([Seen::Millis {
                millis: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            }]),
        ],
    }
}
