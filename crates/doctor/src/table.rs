//! The catalogue as a table for people: `docs/doctor.md` holds it between two marks, and a test keeps it so.

use std::fmt::Write as _;

use crate::case::{self, Found, Source};

/// Where the table begins in the document.
pub const BEGIN: &str = "<!-- cases: made from crates/doctor; do not edit -->";
/// Where it ends.
pub const END: &str = "<!-- /cases -->";

/// The table, with a line for each case.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "| # | case | 症状 | cause | link | system | how it is found | words of |\n|---|---|---|---|---|---|---|---|\n",
    );
    for case in case::all() {
        let found = match case.found {
            Found::Checked => "a check",
            Found::Simulated => "a check, *simulated*",
            Found::Named => "the action that fails names it",
            Found::Asked => "a question",
            Found::NotYet => "not yet applicable",
        };
        let source = match case.source {
            Source::FirstManual => "公e采, chapter two",
            Source::SecondManual => "政采云, 问题答疑机制",
            Source::Desks => "support desks",
            Source::Own => "here",
        };
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} | {} | {found} | {source} |",
            case.number,
            case.name,
            case.symptom.zh,
            case.cause.en.replace('|', "\\|"),
            case.link.name().en,
            case.system.name(),
        );
    }
    out
}

/// A document with the table as it is now; `None` where the marks are missing.
#[must_use]
pub fn renewed(document: &str) -> Option<String> {
    let begin = document.find(BEGIN)? + BEGIN.len();
    let end = begin + document[begin..].find(END)?;
    Some(format!(
        "{}\n\n{}\n{}",
        &document[..begin],
        markdown(),
        &document[end..]
    ))
}
