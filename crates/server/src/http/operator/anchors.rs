//! `/api/v1/operator/anchors`: the certificates that signatures on packages are verified against.

pub mod create;
pub mod list;
pub mod remove;

use serde::Serialize;
use store::packages::Anchor;

use crate::http::time::rfc3339;

/// An anchor in JSON.
#[derive(Debug, Serialize)]
pub struct AnchorBody {
    id: String,
    name: String,
    subject: String,
    not_after: Option<String>,
    sha256: String,
    added_at: String,
}

impl AnchorBody {
    /// An anchor's row.
    #[must_use]
    pub fn of(anchor: &Anchor) -> Self {
        let certificate = pki::Certificate::from_der(&anchor.certificate).ok();
        Self {
            id: anchor.id.to_string(),
            name: anchor.name.clone(),
            subject: certificate
                .as_ref()
                .map(|certificate| certificate.subject().rfc4514())
                .unwrap_or_default(),
            not_after: certificate.map(|certificate| rfc3339(certificate.not_after().into())),
            sha256: anchor.sha256.clone(),
            added_at: rfc3339(anchor.added_at),
        }
    }
}
