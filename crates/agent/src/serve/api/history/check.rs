//! `POST /api/history/check`: whether a published file carries seals that were signed here, over the same
//! bytes. The file is streamed into the spool, which ends with the answer.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use contract::ErrorCode;
use futures_util::StreamExt as _;
use serde::Serialize;

use super::{Row, in_background, row};
use crate::files;
use crate::history::{MAX_PAGE, Query};
use crate::published::{Carries, Published};
use crate::serve::Agent;
use crate::serve::api::{Home, Refused};
use crate::signing;

/// Largest file that is looked at, in bytes: the platforms' own limit.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    answer: Verdict,
    /// Signatures that could be read in the file.
    signatures: usize,
    /// The seals that were signed here.
    seals: Vec<Found>,
}

/// What the file is.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// It carries seals of this computer, each over the bytes that were signed.
    AsSigned,
    /// A seal of this computer stands over other bytes.
    Changed,
    /// It is sealed, and not from here.
    NotFromHere,
    /// Nothing in it is signed.
    Unsigned,
}

/// A seal of the journal that the file carries.
#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    row: Row,
    as_signed: bool,
}

pub async fn check(
    State(agent): State<Arc<Agent>>,
    Home(_): Home,
    body: Body,
) -> Result<Json<Answer>, Refused> {
    let internal = |error: std::io::Error| Refused::because(ErrorCode::Internal, &error);
    let mut file = signing::spool(&agent.spool).map_err(internal)?;
    let (mut length, mut stream) = (0u64, body.into_data_stream());
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Refused::because(ErrorCode::RequestMalformed, &error))?;
        length += chunk.len() as u64;
        if length > MAX_FILE {
            return Err(Refused::of(ErrorCode::TooLarge));
        }
        file.write_all(&chunk).map_err(internal)?;
    }
    if length == 0 {
        return Err(Refused::of(ErrorCode::NotPdf));
    }
    in_background(move || look(&agent, &file)).await?.map(Json)
}

fn look(agent: &Agent, file: &File) -> std::io::Result<Result<Answer, Refused>> {
    let map = files::map(file)?;
    if !map[..map.len().min(1024)].windows(5).any(|w| w == b"%PDF-") {
        return Ok(Err(Refused::of(ErrorCode::NotPdf)));
    }
    let published = match Published::read(&map) {
        Ok(published) => published,
        Err(why) => return Ok(Err(Refused::because(ErrorCode::PdfRefused, &why))),
    };
    let mut seals = Vec::new();
    if published.signatures() > 0 {
        let query = Query {
            purpose: Some("seal".into()),
            ..Query::default()
        };
        let mut before = None;
        loop {
            // The lock is held for a page only: a signature that is asked for meanwhile goes on.
            let mut history = agent.history();
            history.catch_up()?;
            let found = history.page(&query, before, MAX_PAGE)?;
            drop(history);
            let Some(last) = found.last() else { break };
            before = Some(last.number);
            for found in found {
                let Some(seal) = &found.entry.seal else {
                    continue;
                };
                let as_signed = match published.carries(&found.entry, seal) {
                    Carries::Nothing => continue,
                    Carries::Both => true,
                    Carries::SignatureAlone => false,
                };
                seals.push(Found {
                    row: row(agent, found),
                    as_signed,
                });
            }
        }
    }
    let answer = if seals.iter().any(|seal| !seal.as_signed) {
        Verdict::Changed
    } else if !seals.is_empty() {
        Verdict::AsSigned
    } else if published.signatures() > 0 {
        Verdict::NotFromHere
    } else {
        Verdict::Unsigned
    };
    Ok(Ok(Answer {
        answer,
        signatures: published.signatures(),
        seals,
    }))
}
