//! `POST /api/v1/documents?name=`: uploads a PDF or an OFD. The body is the file; which of the two it is, it says itself.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::documents::{self, Document, NewDocument, Revision};
use store::{Deed, StoreError, Tx};

use crate::files::{Mapped, file_name};
use crate::formats::{self, Format};
use crate::http::documents::{SummaryBody, check_upload_type};
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
    let read = tokio::task::spawn_blocking(move || {
        let file: &[u8] = (*mapped).as_ref();
        let format = Format::of(file)?;
        Ok((format, formats::pages(format, file)?))
    });
    let (format, pages) = read
        .await
        .map_err(|_| Problem::of(ErrorCode::PdfRefused))?
        .map_err(|refused: formats::Refused| Problem::from(refused))?;

    let id = state.new_id();
    let object = format!("documents/{}/{}.{}", id, state.new_id(), format.word());
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
            name: file_name(&parameters.name, format.word()),
            format: format.word().to_owned(),
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
            format: &document.format,
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
            detail: serde_json::json!({
                "sha256": document.sha256, "size": document.size, "format": document.format,
            })
            .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
