//! Papers that lie with a change request or a forced unbinding: taken in, shown, taken away, for both the same.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::organisations::papers::{self, Paper, With};
use store::{Deed, StoreError, Tx};

use crate::applications::files;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// Most papers of one matter.
const MAX_PAPERS: usize = 10;
/// Characters of a material's word.
const MATERIAL_CHARACTERS: usize = 40;

/// What the address says.
#[derive(Debug, Deserialize)]
pub struct Parameters {
    /// What it is, a stable word.
    pub material: String,
    /// The file's name.
    #[serde(default)]
    pub name: String,
}

/// A paper in JSON.
#[derive(Debug, Serialize)]
pub struct PaperBody {
    id: String,
    material: String,
    name: String,
    size: i64,
    media_type: String,
    created_at: String,
}

impl PaperBody {
    /// A paper.
    #[must_use]
    pub fn of(paper: &Paper) -> Self {
        Self {
            id: paper.id.to_string(),
            material: paper.material.clone(),
            name: paper.name.clone(),
            size: paper.size,
            media_type: paper.media_type.clone(),
            created_at: rfc3339(paper.created_at),
        }
    }
}

/// What papers lie with, and who handles them; whether that is allowed now was asked before.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The request or forced unbinding.
    pub with: With<'a>,
    /// Who.
    pub by: &'a Id,
}

/// Takes a paper in: PDF, PNG or JPEG by its content, up to 10 MB, ten of one matter.
///
/// # Errors
/// `too_large`, `invalid`.
pub async fn receive(
    state: &AppState,
    matter: Matter<'_>,
    parameters: &Parameters,
    headers: &HeaderMap,
    body: Body,
) -> Result<PaperBody, Problem> {
    let word = parameters.material.as_str();
    let shaped = (1..=MATERIAL_CHARACTERS).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if !shaped {
        return Err(
            Problem::of(ErrorCode::Invalid).with_detail("没有这种材料", "There is no such paper")
        );
    }
    let received = files::receive(state, headers, &parameters.name, body).await?;
    let id = state.new_id();
    let paper = Paper {
        object: format!("papers/{id}"),
        id,
        material: word.to_owned(),
        name: received.name,
        size: i64::try_from(received.received.size).unwrap_or(i64::MAX),
        media_type: received.media_type.to_owned(),
        created_at: state.now(),
    };
    let sha256 = received.received.sha256.clone();
    state.files.put(&paper.object, received.received).await?;
    let deed = Keep {
        matter,
        paper: &paper,
        sha256: &sha256,
        entry: state.new_id(),
    };
    let kept = state.store.perform(&deed).await;
    if !matches!(kept, Ok(Ok(()))) {
        state.files.discard(&paper.object).await;
    }
    kept??;
    Ok(PaperBody::of(&paper))
}

struct Keep<'a> {
    matter: Matter<'a>,
    paper: &'a Paper,
    sha256: &'a str,
    entry: Id,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Problem>, StoreError> {
        let Matter { platform, with, by } = self.matter;
        if papers::with(tx.connection(), platform, with).await?.len() >= MAX_PAPERS {
            return Ok(Err(Problem::of(ErrorCode::TooLarge)
                .with_detail("最多上传 10 个文件", "Ten files at most")));
        }
        papers::insert(tx.connection(), platform, with, self.paper, self.sha256).await?;
        let detail = serde_json::json!({ "material": self.paper.material, "sha256": self.sha256 });
        let subject = match with {
            With::Request(id) | With::Forced(id) => id.to_string(),
        };
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: platform.to_owned(),
            at: self.paper.created_at,
            action: "paper.uploaded".into(),
            actor: Some(by.clone()),
            subject: Some(subject),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}

/// Shows a paper.
///
/// # Errors
/// `not_found`.
pub async fn show(
    state: &AppState,
    tenant: &Tenant,
    with: With<'_>,
    id: &str,
) -> Result<Response, Problem> {
    let papers = state.store.papers(tenant.id(), with).await?;
    let paper = papers
        .iter()
        .find(|paper| paper.id.as_str() == id)
        .ok_or(ErrorCode::NotFound)?;
    files::show(
        state,
        &paper.object,
        paper.size,
        &paper.media_type,
        &paper.name,
    )
    .await
}

/// Takes a paper away.
///
/// # Errors
/// `not_found`.
pub async fn remove(state: &AppState, matter: Matter<'_>, id: &str) -> Result<(), Problem> {
    let papers = state.store.papers(matter.platform, matter.with).await?;
    let paper = papers
        .iter()
        .find(|paper| paper.id.as_str() == id)
        .ok_or(ErrorCode::NotFound)?;
    let deed = Remove {
        matter,
        paper: &paper.id,
        now: state.now(),
    };
    state.store.perform(&deed).await??;
    Ok(())
}

struct Remove<'a> {
    matter: Matter<'a>,
    paper: &'a Id,
    now: Timestamp,
}

impl Deed for Remove<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let removed =
            papers::remove(tx.connection(), self.matter.platform, self.paper, self.now).await?;
        Ok(if removed {
            Ok(())
        } else {
            Err(ErrorCode::NotFound)
        })
    }
}
