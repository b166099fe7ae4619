//! Verifying a file on the server: anchors of the catalogue, lists of the signers' providers, a bounded number
//! of files at once.

pub mod create;

use std::sync::Arc;
use std::time::Duration;

use contract::{ErrorCode, Report};

use crate::files::Mapped;
use crate::http::extract::Tenant;
use crate::{AppState, Problem, verifying};

/// Waiting for a turn.
const WAIT: Duration = Duration::from_secs(20);

/// The report on a mapped file whose SHA-256 (hex) is known.
///
/// # Errors
/// `busy` when too many files are being verified.
pub async fn examine(
    state: &AppState,
    tenant: &Tenant,
    file: Arc<Mapped>,
    name: &str,
    sha256: &str,
) -> Result<Report, Problem> {
    let busy = || Problem::of(ErrorCode::Busy).retry_after(5);
    let waiting = tokio::time::timeout(WAIT, state.workshop.verifications.clone().acquire_owned());
    let permit = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
    let failed = |_| Problem::of(ErrorCode::Internal);

    let now = state.now();
    let read = file.clone();
    let signers = tokio::task::spawn_blocking(move || verifying::signers((*read).as_ref()))
        .await
        .map_err(failed)?;
    let mut trust = verifying::catalogue_trust(&tenant.rules.catalogue);
    verifying::gather(
        &mut trust,
        &signers,
        &tenant.rules.catalogue,
        now.into(),
        |certificate, issuer, provider| async move {
            state
                .revocation
                .lists(&certificate, &issuer, &provider, now)
                .await
                .lists
        },
    )
    .await;

    let (rules, name) = (Arc::clone(&tenant.rules), name.to_owned());
    let mut report = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        verifying::verify(
            &file,
            &trust,
            now.into(),
            Some(name),
            Some(&rules.catalogue),
        )
    })
    .await
    .map_err(failed)?;
    if let Some(document) = &mut report.document {
        document.sha256 = Some(sha256.to_owned());
    }
    Ok(report)
}
