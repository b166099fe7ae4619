//! The catalogue for the pages: one TypeScript module, generated here and committed as
//! `web/src/contract/doctor.ts`. A test generates it again and fails on any difference.

use std::fmt::Write as _;

use serde_json::{Value, json};
use ts_rs::{Config, TS};

use crate::case::{self, Action, Found, Link, Source, System};
use crate::checks;
use crate::codes;
use crate::finding::Outcome;

/// The whole module.
#[must_use]
pub fn module() -> String {
    let config = Config::default();
    let mut out = String::from(
        "// Generated from the crate `doctor`; its test says how to regenerate. Do not edit.\n\
         /* eslint-disable */\n\nimport type { ErrorCode, Text } from '.'\n\n",
    );
    for declaration in [
        Link::decl(&config),
        System::decl(&config),
        Found::decl(&config),
        Source::decl(&config),
        Action::decl(&config),
        Outcome::decl(&config),
    ] {
        let _ = writeln!(out, "export {declaration}\n");
    }
    out.push_str(
        "export interface Case { number: number; name: string; link: Link; system: System; found: Found; source: Source; symptom: Text; cause: Text; steps: Text[]; actions: Action[]; question: Text | null }\n\n",
    );
    let text = |words: case::Words| json!({ "zh": words.zh, "en": words.en });
    out.push_str(
        "/** What can fail, by number. */\nexport const CASES: Record<string, Case> = {\n",
    );
    for case in case::all() {
        let value = json!({
            "number": case.number,
            "name": case.name,
            "link": case.link,
            "system": case.system,
            "found": case.found,
            "source": case.source,
            "symptom": text(case.symptom),
            "cause": text(case.cause),
            "steps": case.steps.iter().map(|step| text(*step)).collect::<Vec<Value>>(),
            "actions": case.actions,
            "question": case.question.map(text),
        });
        let _ = writeln!(out, "  {}: {value},", case.name);
    }
    out.push_str("}\n\n/** The buttons. */\nexport const ACTIONS: Record<Action, Text> = {\n");
    for action in Action::ALL {
        let _ = writeln!(out, "  {}: {},", action.name(), text(action.label()));
    }
    out.push_str("}\n\n/** The links of the chain, in order. */\nexport const LINKS: { link: Link; name: Text }[] = [\n");
    for link in Link::ALL {
        let _ = writeln!(
            out,
            "  {},",
            json!({ "link": link, "name": text(link.name()) })
        );
    }
    out.push_str("]\n\n/** What is looked at, in order. */\nexport const CHECKS: { code: string; link: Link; title: Text }[] = [\n");
    for check in checks::ALL {
        let value = json!({ "code": check.code, "link": check.link, "title": text(check.title) });
        let _ = writeln!(out, "  {value},");
    }
    out.push_str("]\n\n/** The case of an error; null: the error's own words say it all. */\nexport const CASE_OF: Record<ErrorCode | 'offline' | 'no_answer' | 'unreadable', string | null> = {\n");
    let of = |case: Option<&str>| case.map_or("null".to_owned(), |case| format!("'{case}'"));
    for (code, case) in codes::CODES {
        let _ = writeln!(out, "  {}: {},", code.name(), of(*case));
    }
    for (code, case) in codes::PAGE_CODES {
        let _ = writeln!(out, "  {code}: {},", of(*case));
    }
    out.push_str("}\n");
    out.lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}
