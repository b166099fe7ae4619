//! `POST /api/v1/operator/packages?owner=…`: uploads a package as a draft. The body is the file, streamed; its length and
//! SHA-256 are computed here. What the address says is checked before a byte is taken.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::packages::{self, Package};
use store::{Deed, StoreError, Tx};

use super::PackageBody;
use crate::files::{FileError, Mapped};
use crate::http::extract::{Operator, Tenant};
use crate::packages::Said;
use crate::{AppState, Problem};

/// 201 with the draft: it is offered to nobody before it is published.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    headers: HeaderMap,
    said: Result<Query<Said>, axum::extract::rejection::QueryRejection>,
    body: Body,
) -> Result<(StatusCode, Json<PackageBody>), Problem> {
    let Query(said) = said.map_err(|rejection| {
        Problem::of(ErrorCode::Invalid).with_detail(
            "安装包的说明不完整或格式不正确",
            format!(
                "What is said of the package is malformed: {}",
                rejection.body_text()
            ),
        )
    })?;
    let checked = said.check(&tenant)?;
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // A form or a text could come from a page elsewhere without a preflight.
    if kind != "application/octet-stream" {
        return Err(Problem::of(ErrorCode::RequestMalformed)
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .with_detail(
                "上传内容须为 application/octet-stream",
                "An upload must be application/octet-stream",
            ));
    }
    let received = state.files.receive(body).await?;
    if received.size == 0 {
        return Err(Problem::of(ErrorCode::Invalid).with_detail("文件是空的", "The file is empty"));
    }
    let mapped = Mapped::open(&received.path).map_err(FileError::from)?;
    if !checked.format.begins((*mapped).as_ref()) {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            format!(
                "文件内容不是 {} 格式，请确认上传的是安装包本身",
                checked.format.extension
            ),
            format!(
                "The content is no {} file: upload the package itself",
                checked.format.extension
            ),
        ));
    }
    drop(mapped);

    let id = state.new_id();
    let object = format!("packages/{}/{}", id, state.new_id());
    let now = state.now();
    let package = Package {
        id,
        owner_kind: checked.owner_kind.to_owned(),
        owner_id: checked.owner_id,
        kind: checked.kind,
        system: checked.system,
        name_zh: checked.name_zh,
        name_en: checked.name_en,
        version: checked.version,
        released: checked.released,
        parts: checked.parts,
        antivirus_off: said.antivirus_off,
        key_unplugged: said.key_unplugged,
        keep_installed: said.keep_installed,
        file_name: checked.file_name,
        object,
        size: i64::try_from(received.size).unwrap_or(i64::MAX),
        sha256: received.sha256.clone(),
        signature: None,
        state: "draft".to_owned(),
        uploaded_at: now,
        published_at: None,
        withdrawn_at: None,
        uploaded_by: session.operator.person.clone(),
    };
    state.files.put(&package.object, received).await?;
    let deed = Upload {
        platform: tenant.id(),
        package: &package,
        by: &session.operator.id,
        entry: state.new_id(),
        now,
    };
    match state.store.perform(&deed).await {
        Ok(Ok(())) => Ok((StatusCode::CREATED, Json(PackageBody::of(&package)))),
        Err(error) => {
            state.files.discard(&package.object).await;
            Err(error.into())
        }
    }
}

struct Upload<'a> {
    platform: &'a str,
    package: &'a Package,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Upload<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        packages::insert(tx.connection(), self.platform, self.package, self.by).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "package.uploaded".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.package.id.to_string()),
            detail: serde_json::json!({
                "owner": self.package.owner_id, "kind": self.package.kind, "system": self.package.system,
                "version": self.package.version, "sha256": self.package.sha256, "size": self.package.size,
            })
            .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
