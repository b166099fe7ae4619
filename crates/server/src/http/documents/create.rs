//! `POST /api/v1/documents?name=`: uploads a PDF. The body is the file.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use seal::pdf::revision::WalkError;
use serde::Deserialize;
use store::documents::{self, Document, NewDocument, Revision};
use store::{Deed, StoreError, Tx};

use crate::files::{Mapped, file_name};
use crate::http::documents::{PageBody, SummaryBody, check_upload_type};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    #[serde(default)]
    name: String,
}

/// 201 with the document. A file that could not be sealed is refused here, not after it was placed.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<SummaryBody>), Problem> {
    check_upload_type(&headers)?;
    let received = state.files.receive(body).await?;
    let mapped = Mapped::open(&received.path).map_err(crate::files::FileError::from)?;
    let read =
        tokio::task::spawn_blocking(move || seal::pdf::page_geometries((*mapped).as_ref())).await;
    let geometries = read
        .map_err(|_| Problem::of(ErrorCode::PdfRefused))?
        .map_err(refusal)?;
    let pages: Vec<PageBody> = (1..)
        .zip(&geometries)
        .map(|(number, page)| {
            let (width_pt, height_pt) = page.displayed_size();
            PageBody {
                number,
                width_pt,
                height_pt,
                rotation: page.rotation,
            }
        })
        .collect();

    let id = state.new_id();
    let object = format!("documents/{}/{}.pdf", id, state.new_id());
    let (size, sha256) = (
        i64::try_from(received.size).unwrap_or(i64::MAX),
        received.sha256.clone(),
    );
    state.files.put(&object, received).await?;
    let pages_json = serde_json::to_string(&pages).map_err(|_| Problem::of(ErrorCode::Internal))?;
    let deed = Upload {
        document: Document {
            id,
            organisation: session.account.organisation.id.clone(),
            account: session.account.id.clone(),
            name: file_name(&parameters.name),
            state: "draft".into(),
            object,
            size,
            sha256,
            pages: pages_json,
            page_count: i64::try_from(pages.len()).unwrap_or(i64::MAX),
            created_at: state.now(),
            updated_at: state.now(),
            published_at: None,
        },
        platform: tenant.id(),
        entry: state.new_id(),
        now: state.now(),
    };
    match state.store.perform(&deed).await {
        Ok(Ok(())) => Ok((StatusCode::CREATED, Json(SummaryBody::of(&deed.document)))),
        Err(error) => {
            state.files.discard(&deed.document.object).await;
            Err(error.into())
        }
    }
}

fn refusal(error: WalkError) -> Problem {
    match error {
        WalkError::NotPdf => Problem::of(ErrorCode::NotPdf),
        WalkError::TooLarge => Problem::of(ErrorCode::TooLarge),
        other => Problem::of(ErrorCode::PdfRefused).with_detail(
            "该 PDF 结构异常，无法签章",
            format!("This PDF is malformed and can't be sealed: {other}"),
        ),
    }
}

struct Upload<'a> {
    document: Document,
    platform: &'a str,
    entry: Id,
    now: Timestamp,
}

impl Deed for Upload<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let document = &self.document;
        let new = NewDocument {
            id: &document.id,
            platform: self.platform,
            organisation: &document.organisation,
            account: &document.account,
            name: &document.name,
            revision: Revision {
                object: &document.object,
                size: document.size,
                sha256: &document.sha256,
            },
            pages: &document.pages,
            page_count: document.page_count,
            at: self.now,
        };
        documents::insert(tx.connection(), &new).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "document.uploaded".into(),
            actor: Some(document.account.clone()),
            subject: Some(document.id.to_string()),
            detail: serde_json::json!({ "sha256": document.sha256, "size": document.size })
                .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
