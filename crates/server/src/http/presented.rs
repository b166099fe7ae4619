//! A key that a page presents: all checks of a login token, in order, up to whose key it is.

use std::collections::HashMap;

use catalogue::{Identity, Provider};
use contract::SignedStatement;
use domain::challenge::Challenge;
use domain::possession::{self, Possession};
use domain::revocation::{self, Accepted, Finding, Found};
use domain::{Operation, Refusal, Timestamp, identity};
use pki::Certificate;
use store::{Deed, StoreError, Tx};

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// A key whose token passed every check but the binding.
#[derive(Debug)]
pub struct Presented {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// Its provider.
    pub provider: Provider,
    /// Whose it is, by the provider's map.
    pub identity: Identity,
    /// On what grounds its revocation status was accepted.
    pub accepted: Accepted,
    /// What the lists said.
    pub finding: Finding,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        tracing::info!(code = refusal.code().name(), reason = %refusal, "a key was refused");
        let problem = Self::of(refusal.code());
        match refusal.detail() {
            Some(text) => problem.with_detail(text.zh, text.en),
            None => problem,
        }
    }
}

/// Checks a token against its challenge. Lists are fetched here, before any transaction begins.
///
/// # Errors
/// The first check that fails, in the order of `docs/protocol-login.md`.
pub async fn examine(
    state: &AppState,
    tenant: &Tenant,
    token: &SignedStatement,
    challenge: &Challenge,
    operation: Operation,
) -> Result<Presented, Problem> {
    let now = state.now();
    let proven = possession::prove(
        token,
        challenge,
        operation,
        &tenant.rules.catalogue,
        tenant.platform(),
        now,
    )?;
    let (finding, accepted) = revocation_of(state, tenant, &proven, operation, now).await?;
    let identity = identity::read(proven.provider, proven.certificate())?;
    Ok(Presented {
        certificate: proven.certificate().clone(),
        provider: proven.provider.clone(),
        identity,
        accepted,
        finding,
    })
}

/// Looks up the revocation of a whole path and applies the operation's policy.
///
/// # Errors
/// Revoked; undetermined where the operation needs to know.
pub async fn revocation_of(
    state: &AppState,
    tenant: &Tenant,
    proven: &Possession<'_>,
    operation: Operation,
    now: Timestamp,
) -> Result<(Finding, Accepted), Problem> {
    let mut found: HashMap<[u8; 32], Found> = HashMap::new();
    for pair in proven.path.certificates().windows(2) {
        let lists = state
            .revocation
            .find(&pair[0], &pair[1], proven.provider, now)
            .await;
        found.insert(pair[0].sha256_fingerprint(), lists);
    }
    let lists_of = |certificate: &Certificate| {
        found
            .get(&certificate.sha256_fingerprint())
            .cloned()
            .unwrap_or_default()
    };
    let finding = revocation::judge(&proven.path, lists_of, now);

    let fingerprint = hex::encode(proven.certificate().sha256_fingerprint());
    let standing = match finding {
        Finding::Good { .. } => None,
        Finding::Revoked { .. } => Some("revoked"),
        Finding::Undetermined(_) => Some("undetermined"),
    };
    if let Some(standing) = standing {
        // Whose key it is counts here only for what its binding's line shows; a certificate that can't be read has none.
        let read = identity::read(proven.provider, proven.certificate()).ok();
        let learnt = Learnt {
            platform: tenant.id(),
            fingerprint: &fingerprint,
            provider: proven.provider.id.as_str(),
            key_number: read.as_ref().map(|identity| identity.key_number.as_str()),
            standing,
            now,
        };
        let Ok(()) = state.store.perform(&learnt).await?;
    }
    let last_good = state
        .store
        .last_good_answer(&fingerprint)
        .await?
        .map(|answer| answer.at);
    let hours = tenant.platform().policies.login_last_good_hours;
    let accepted = revocation::accept(finding, operation, last_good, hours, now)?;
    Ok((finding, accepted))
}

impl Presented {
    /// Keeps a fresh good answer, for logins in the next hours; inside the transaction of the deed that asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_answer(
        &self,
        tx: &mut Tx<'_>,
        platform: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Finding::Good { next_update } = self.finding else {
            return Ok(());
        };
        store::bindings::note_standing(
            tx.connection(),
            platform,
            self.provider.id.as_str(),
            &self.identity.key_number,
            "good",
            now,
        )
        .await?;
        let fingerprint = hex::encode(self.certificate.sha256_fingerprint());
        store::revocation::keep_good(
            tx.connection(),
            platform,
            &fingerprint,
            now,
            Some(next_update),
            None,
        )
        .await
    }
}

/// What was learnt of a key that is not known to be good.
struct Learnt<'a> {
    platform: &'a str,
    fingerprint: &'a str,
    provider: &'a str,
    key_number: Option<&'a str>,
    standing: &'a str,
    now: Timestamp,
}

impl Deed for Learnt<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if self.standing == "revoked" {
            store::revocation::forget_good(tx.connection(), self.fingerprint).await?;
        }
        if let Some(number) = self.key_number {
            store::bindings::note_standing(
                tx.connection(),
                self.platform,
                self.provider,
                number,
                self.standing,
                self.now,
            )
            .await?;
        }
        Ok(Ok(()))
    }
}
