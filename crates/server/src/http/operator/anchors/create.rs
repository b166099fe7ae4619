//! `POST /api/v1/operator/anchors`: names a certificate, PEM.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::registration::DisplayName;
use domain::{Id, Timestamp};
use pki::Certificate;
use serde::Deserialize;
use store::packages::{self, Anchor};
use store::{Deed, StoreError, Tx};

use super::AnchorBody;
use crate::http::extract::{Operator, Tenant};
use crate::http::json::JsonBody;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    name: String,
    /// PEM.
    certificate: String,
}

/// 201 with the anchor.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<AnchorBody>), Problem> {
    let invalid = |zh: &str, en: &str| Problem::of(ErrorCode::Invalid).with_detail(zh, en);
    let name: DisplayName = form
        .name
        .parse()
        .map_err(|_| invalid("名称为 1 至 100 个字符", "A name has 1 to 100 characters"))?;
    let certificate = Certificate::from_pem(&form.certificate)
        .map_err(|_| invalid("不是 PEM 格式的证书", "This is no certificate in PEM"))?;
    let anchor = Anchor {
        id: state.new_id(),
        name: name.as_str().to_owned(),
        certificate: certificate.der().to_vec(),
        sha256: hex::encode(certificate.sha256_fingerprint()),
        added_at: state.now(),
    };
    let deed = Name {
        platform: tenant.id(),
        anchor: &anchor,
        by: &session.operator.id,
        entry: state.new_id(),
        now: state.now(),
    };
    state.store.perform(&deed).await?.map_err(|()| {
        invalid("该证书已登记", "This certificate is named already")
            .with_status(StatusCode::CONFLICT)
    })?;
    Ok((StatusCode::CREATED, Json(AnchorBody::of(&anchor))))
}

struct Name<'a> {
    platform: &'a str,
    anchor: &'a Anchor,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Name<'_> {
    type Done = ();
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ()>, StoreError> {
        if !packages::insert_anchor(tx.connection(), self.platform, self.anchor, self.by).await? {
            return Ok(Err(()));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "package_anchor.named".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.anchor.id.to_string()),
            detail: serde_json::json!({ "sha256": self.anchor.sha256 }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
