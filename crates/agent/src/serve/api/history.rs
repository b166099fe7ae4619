//! What was signed on this computer: looked through, taken away as a file, held against a published file.

pub mod check;
mod export;
mod list;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use contract::{ErrorCode, Grade, Intent};
use serde::Serialize;

use super::Refused;
use crate::history::{MAX_TEXT_CHARS, Numbered, Query};
use crate::journal::{KeyEntry, SealEntry};
use crate::serve::Agent;

pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/", post(list::list))
        .route("/export", post(export::export))
}

/// An entry as a page shows it.
#[derive(Serialize)]
struct Row {
    number: usize,
    at: String,
    origin: String,
    /// The platform's name, where the catalogue lists the site.
    platform: Option<catalogue::Text>,
    purpose: String,
    /// The intent, parsed, for the popup's own templates; absent where it can't be read.
    intent: Option<Intent>,
    key: Option<KeyEntry>,
    certificate_sha256: Option<String>,
    signed_sha256: String,
    grade: Option<Grade>,
    seal: Option<SealEntry>,
}

fn row(agent: &Agent, found: Numbered) -> Row {
    let entry = found.entry;
    let site = agent.policy.admit(&entry.origin).ok();
    Row {
        number: found.number,
        platform: site.and_then(|site| site.platform),
        intent: Intent::from_json(&entry.intent).ok(),
        grade: entry.seal.as_ref().map(|seal| seal.grade),
        at: entry.at,
        origin: entry.origin,
        purpose: entry.purpose,
        key: entry.key,
        certificate_sha256: entry.certificate_sha256,
        signed_sha256: entry.signed_sha256,
        seal: entry.seal,
    }
}

fn checked(query: &Query) -> Result<(), Refused> {
    let text = query.text.as_deref().unwrap_or_default();
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Refused::of(ErrorCode::RequestMalformed));
    }
    Ok(())
}

/// Does slow work with the journal away from the threads that answer.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(|error| Refused::because(ErrorCode::Internal, &error))
}
