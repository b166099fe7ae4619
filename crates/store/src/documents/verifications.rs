//! What the verifier said about a document when it was published.

use domain::{Id, Timestamp};
use sqlx::AnyConnection;

use crate::StoreError;

crate::statements! {
    /// A report.
    INSERT = "INSERT INTO verification (id, platform, document_id, sha256, report, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// A report to keep.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The document.
    pub document: &'a Id,
    /// SHA-256 of the verified revision, hex.
    pub sha256: &'a str,
    /// The report as JSON.
    pub report: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// Keeps a report.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    connection: &mut AnyConnection,
    platform: &str,
    kept: Kept<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(kept.id.as_str())
        .bind(platform)
        .bind(kept.document.as_str())
        .bind(kept.sha256)
        .bind(kept.report)
        .bind(kept.at.0)
        .execute(connection)
        .await?;
    Ok(())
}
