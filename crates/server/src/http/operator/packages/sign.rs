//! `PUT /api/v1/operator/packages/{id}/signature`: a detached signature for a draft. It is verified here, over the bytes
//! in the object store and against the certificates that the operator named; one that does not verify is not kept.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use pki::UnixTime;
use store::packages::{self, NewSignature};
use store::{Deed, StoreError, Tx};

use super::{PackageBody, find, wrong_state};
use crate::http::extract::{Operator, Tenant};
use crate::packages::signature::{self, MAX_SIGNATURE};
use crate::{AppState, Problem};

/// The package with its signature.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Operator(session): Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<PackageBody>, Problem> {
    let package = find(&state, &tenant, &id).await?;
    if package.state != "draft" {
        return Err(wrong_state());
    }
    if body.len() > MAX_SIGNATURE {
        return Err(Problem::of(ErrorCode::TooLarge)
            .with_detail("签名文件超过 256 KB", "A signature has 256 KiB at most"));
    }
    let anchors = state.store.package_anchors(tenant.id()).await?;
    let mapped = state.files.map(&package.object, package.size).await?;
    let (signature, known, now) = (body.to_vec(), anchors.clone(), state.now());
    let verified = tokio::task::spawn_blocking(move || {
        signature::verify((*mapped).as_ref(), &signature, &known, UnixTime::from(now))
    })
    .await
    .map_err(|_| Problem::of(ErrorCode::Internal))?
    .map_err(|refused| {
        Problem::of(ErrorCode::Invalid).with_detail(refused.zh(), refused.to_string())
    })?;
    let deed = Sign {
        platform: tenant.id(),
        package: &package.id,
        signature: NewSignature {
            bytes: &body,
            signer: &verified.signer,
            anchor: &anchors[verified.anchor].id,
            at: now,
        },
        by: &session.operator.id,
        entry: state.new_id(),
        now,
    };
    if !state.store.perform(&deed).await?.unwrap_or(false) {
        return Err(wrong_state());
    }
    let package = find(&state, &tenant, &id).await?;
    Ok(Json(PackageBody::of(&package)))
}

struct Sign<'a> {
    platform: &'a str,
    package: &'a Id,
    signature: NewSignature<'a>,
    by: &'a Id,
    entry: Id,
    now: Timestamp,
}

impl Deed for Sign<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        if !packages::sign(
            tx.connection(),
            self.platform,
            self.package,
            &self.signature,
        )
        .await?
        {
            return Ok(Ok(false));
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "package.signed".into(),
            actor: Some(self.by.clone()),
            subject: Some(self.package.to_string()),
            detail: serde_json::json!({ "anchor": self.signature.anchor }).to_string(),
        })
        .await?;
        Ok(Ok(true))
    }
}
