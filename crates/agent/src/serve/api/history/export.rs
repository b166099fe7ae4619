//! `POST /api/history/export`: what fits a query as CSV or JSON, written piece by piece: a long journal is
//! never whole in memory.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use contract::Intent;
use futures_util::stream;
use serde::Deserialize;

use super::{checked, in_background};
use crate::history::{Numbered, Query};
use crate::journal::Entry;
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};

/// Entries of one piece.
const PIECE: usize = 500;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default)]
    query: Query,
    format: Format,
}

/// The kind of file.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// RFC 4180, UTF-8 with a byte order mark, for spreadsheets.
    Csv,
    /// One array of entries as the journal holds them.
    Json,
}

pub async fn export(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    Json(body): Json<Body>,
) -> Result<Response, Refused> {
    checked(&body.query)?;
    let Body { query, format } = body;
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "yinxin-journal.csv"),
        Format::Json => ("application/json", "yinxin-journal.json"),
    };
    let caught_up = Arc::clone(&agent);
    in_background(move || caught_up.history().catch_up()).await?;
    let first = Next::Head;
    let pieces = stream::try_unfold(first, move |next| {
        let (agent, query) = (Arc::clone(&agent), query.clone());
        async move {
            let work = move || piece(&agent, &query, format, next);
            let done = tokio::task::spawn_blocking(work).await;
            done.unwrap_or_else(|error| Err(std::io::Error::other(error)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, HttpBody::from_stream(pieces)).into_response())
}

/// What is written next.
enum Next {
    Head,
    /// Entries from before this number; the flag: something was written already.
    From(Option<usize>, bool),
    End,
}

fn piece(
    agent: &Agent,
    query: &Query,
    format: Format,
    next: Next,
) -> std::io::Result<Option<(Bytes, Next)>> {
    let (before, written) = match next {
        Next::Head => {
            let head = match format {
                Format::Csv => csv_head(),
                Format::Json => "[\n".to_owned(),
            };
            return Ok(Some((head.into(), Next::From(None, false))));
        }
        Next::From(before, written) => (before, written),
        Next::End => return Ok(None),
    };
    let found = agent.history().page(query, before, PIECE)?;
    let mut text = String::new();
    for (at, Numbered { entry, .. }) in found.iter().enumerate() {
        match format {
            Format::Csv => text.push_str(&csv_line(entry)),
            Format::Json => {
                if written || at > 0 {
                    text.push_str(",\n");
                }
                text.push_str(&serde_json::to_string(entry)?);
            }
        }
    }
    if found.len() < PIECE {
        if matches!(format, Format::Json) {
            text.push_str("\n]\n");
        }
        return Ok(Some((text.into(), Next::End)));
    }
    let last = found.last().map(|found| found.number);
    Ok(Some((text.into(), Next::From(last, true))))
}

fn csv_head() -> String {
    let columns = [
        "time_utc",
        "site",
        "purpose",
        "platform",
        "organisation",
        "person",
        "document",
        "pages",
        "seal",
        "grade",
        "key_number",
        "holder",
        "certificate_sha256",
        "signed_sha256",
    ];
    format!("\u{feff}{}\r\n", columns.join(","))
}

fn csv_line(entry: &Entry) -> String {
    let (mut platform, mut organisation, mut person) = <(String, String, String)>::default();
    let (mut document, mut pages, mut seal, mut grade) =
        <(String, String, String, String)>::default();
    match Intent::from_json(&entry.intent) {
        Ok(Intent::Check(intent)) => platform = intent.platform_name,
        Ok(Intent::Diagnose(intent)) => platform = intent.platform_name,
        Ok(Intent::Login(intent)) => platform = intent.platform_name,
        Ok(Intent::Produce(intent)) => {
            (platform, organisation, person) =
                (intent.platform_name, intent.organisation, intent.holder);
        }
        Ok(Intent::Renew(intent)) => {
            (platform, organisation, person) =
                (intent.platform_name, intent.organisation, intent.holder);
        }
        Ok(Intent::Unlock(intent)) => {
            (platform, organisation, person) =
                (intent.platform_name, intent.organisation, intent.holder);
        }
        Ok(Intent::Bind(intent)) => {
            (platform, organisation, person) =
                (intent.platform_name, intent.organisation, intent.person);
        }
        Ok(Intent::Unbind(intent)) => {
            (platform, organisation, person) =
                (intent.platform_name, intent.organisation, intent.person);
        }
        Ok(Intent::Seal(intent)) => {
            (platform, organisation) = (intent.platform_name, intent.organisation);
            let numbers: Vec<_> = intent.pages.iter().map(ToString::to_string).collect();
            (document, pages, seal) = (intent.document, numbers.join(" "), intent.seal.name);
        }
        Err(_) => {}
    }
    if let Some(of_seal) = &entry.seal {
        grade = serde_json::to_value(of_seal.grade)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default();
    }
    let key = entry.key.clone();
    let (number, holder) = key.map_or((None, None), |key| (key.number, key.holder));
    let cells = [
        entry.at.as_str(),
        &entry.origin,
        &entry.purpose,
        &platform,
        &organisation,
        &person,
        &document,
        &pages,
        &seal,
        &grade,
        &number.unwrap_or_default(),
        &holder.unwrap_or_default(),
        entry.certificate_sha256.as_deref().unwrap_or_default(),
        &entry.signed_sha256,
    ]
    .map(cell);
    format!("{}\r\n", cells.join(","))
}

/// A cell, quoted. A spreadsheet would run a name that begins like a formula: an apostrophe makes it text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_cell_of_text_whatever_it_holds() {
        assert_eq!(cell("投标函,甲\"乙\".pdf"), "\"投标函,甲\"\"乙\"\".pdf\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(cell(""), "\"\"");
    }
}
