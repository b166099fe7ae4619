//! `POST /api/v1/seals/scans?dpi=`: a scanned impression, cleaned and traced. The upload is kept for the reviewer.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::seal::keeps_seals;
use domain::{Id, Timestamp};
use render::{PictureKind, ScanError, SealDrawing};
use serde::Deserialize;
use serde_json::{Value, json};
use store::seals::applications::{self, Scan};
use store::{Deed, StoreError, Tx};

use crate::applications::files;
use crate::files::{FileError, Mapped};
use crate::http::extract::{LoggedIn, Tenant};
use crate::{AppState, Problem};

/// What the address says.
#[derive(Deserialize)]
pub struct Parameters {
    /// Counts where the file doesn't say its own.
    dpi: Option<u32>,
}

/// 201 with the picture in true size.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    LoggedIn(session): LoggedIn,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if !keeps_seals(&session.account.role) {
        return Err(ErrorCode::Forbidden.into());
    }
    files::check_upload(&headers)?;
    let received = state.files.receive_up_to(body, files::MAX_UPLOAD).await?;
    let mapped = Mapped::open(&received.path).map_err(FileError::from)?;
    let busy = || Problem::of(ErrorCode::Busy).retry_after(2);
    let permit = state.workshop.pictures.clone().acquire_owned().await;
    let permit = permit.map_err(|_| busy())?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let bytes = (*mapped).as_ref();
        let media_type = PictureKind::of(bytes).map_or("", PictureKind::media_type);
        render::trace(bytes, parameters.dpi).map(|drawing| (drawing, media_type))
    });
    let traced = work.await.map_err(|_| Problem::of(ErrorCode::Invalid))?;
    let (drawing, media_type) = traced.map_err(|error| refusal(&error))?;
    let id = state.new_id();
    let scan = Scan {
        object: format!("seal-scans/{id}"),
        id,
        size: i64::try_from(received.size).unwrap_or(i64::MAX),
        sha256: received.sha256.clone(),
        media_type: media_type.to_owned(),
        picture: drawing.to_json(),
        width_mm: side(drawing.width_mm),
        height_mm: side(drawing.height_mm),
    };
    state.files.put(&scan.object, received).await?;
    let deed = Keep {
        platform: tenant.id(),
        organisation: &session.account.organisation.id,
        account: &session.account.id,
        scan: &scan,
        now: state.now(),
    };
    match state.store.perform(&deed).await {
        Ok(Ok(())) => {}
        Err(error) => {
            state.files.discard(&scan.object).await;
            return Err(error.into());
        }
    }
    let body = described(&scan, &drawing);
    Ok((StatusCode::CREATED, Json(body)))
}

fn described(scan: &Scan, drawing: &SealDrawing) -> Value {
    json!({
        "id": scan.id, "svg": drawing.svg(), "width_mm": scan.width_mm, "height_mm": scan.height_mm, "sha256": scan.sha256,
    })
}

/// A side that was checked to be some millimetres.
pub(super) fn side(millimetres: f64) -> i64 {
    millimetres.round() as i64
}

fn refusal(error: &ScanError) -> Problem {
    let zh = match error {
        ScanError::Unreadable => "请上传 PNG 或 JPEG 图片，不超过 4000 万像素".to_owned(),
        ScanError::NoResolution => "图片没有分辨率信息，请填写扫描分辨率（DPI）".to_owned(),
        ScanError::Nothing => "图片中没有找到印模，请在白纸上清晰盖章后扫描".to_owned(),
        ScanError::Size {
            width_mm,
            height_mm,
        } => format!("印模为 {width_mm} × {height_mm} 毫米；印章边长须为 10–60 毫米，请核对分辨率"),
        ScanError::TooComplex => "图片杂点过多，请只扫描白纸上的印模".to_owned(),
    };
    Problem::of(ErrorCode::Invalid).with_detail(zh, error.to_string())
}

struct Keep<'a> {
    platform: &'a str,
    organisation: &'a Id,
    account: &'a Id,
    scan: &'a Scan,
    now: Timestamp,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let (platform, organisation) = (self.platform, self.organisation);
        applications::insert_scan(
            tx.connection(),
            platform,
            organisation,
            self.account,
            self.scan,
            self.now,
        )
        .await?;
        Ok(Ok(()))
    }
}
