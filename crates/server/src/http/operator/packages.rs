//! `/api/v1/operator/packages`: uploaded packages in every state.

pub mod create;
pub mod list;
pub mod publish;
pub mod sign;
pub mod withdraw;

use contract::ErrorCode;
use serde::Serialize;
use store::packages::Package;

use crate::http::documents::path_id;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

/// A package as the operator sees it.
#[derive(Debug, Serialize)]
pub struct PackageBody {
    id: String,
    owner_kind: String,
    owner_id: String,
    kind: String,
    system: String,
    name: catalogue::Text,
    version: String,
    updated: String,
    parts: serde_json::Value,
    antivirus_off: bool,
    key_unplugged: bool,
    keep_installed: bool,
    file: FileBody,
    /// Verified when it was given; null: none was given.
    signature: Option<SignatureBody>,
    state: String,
    uploaded_by: String,
    uploaded_at: String,
    published_at: Option<String>,
    withdrawn_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct FileBody {
    name: String,
    size: i64,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct SignatureBody {
    signer: String,
    anchor: String,
    at: String,
}

impl PackageBody {
    /// A package's row.
    #[must_use]
    pub fn of(package: &Package) -> Self {
        Self {
            id: package.id.to_string(),
            owner_kind: package.owner_kind.clone(),
            owner_id: package.owner_id.clone(),
            kind: package.kind.clone(),
            system: package.system.clone(),
            name: catalogue::Text {
                zh: package.name_zh.clone(),
                en: package.name_en.clone(),
            },
            version: package.version.clone(),
            updated: package.released.clone(),
            parts: serde_json::from_str(&package.parts).unwrap_or_default(),
            antivirus_off: package.antivirus_off,
            key_unplugged: package.key_unplugged,
            keep_installed: package.keep_installed,
            file: FileBody {
                name: package.file_name.clone(),
                size: package.size,
                sha256: package.sha256.clone(),
            },
            signature: package.signature.as_ref().map(|signature| SignatureBody {
                signer: signature.signer.clone(),
                anchor: signature.anchor.clone(),
                at: rfc3339(signature.at),
            }),
            state: package.state.clone(),
            uploaded_by: package.uploaded_by.clone(),
            uploaded_at: rfc3339(package.uploaded_at),
            published_at: package.published_at.map(rfc3339),
            withdrawn_at: package.withdrawn_at.map(rfc3339),
        }
    }
}

/// One of the platform's packages.
///
/// # Errors
/// `not_found`, also for another platform's.
pub async fn find(state: &AppState, tenant: &Tenant, id: &str) -> Result<Package, Problem> {
    let found = state.store.package(tenant.id(), &path_id(id)?).await?;
    found.ok_or_else(|| ErrorCode::NotFound.into())
}

/// The package is not in the state that the deed needs.
#[must_use]
pub fn wrong_state() -> Problem {
    Problem::of(ErrorCode::DocumentState).with_detail(
        "安装包的当前状态不能进行此操作",
        "The package's state does not allow this",
    )
}
