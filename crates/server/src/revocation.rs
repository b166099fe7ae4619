//! Where revocation lists come from: an interface, so that a test needs no network.

use std::sync::Arc;

use catalogue::Provider;
use domain::Timestamp;
use domain::revocation::Found;
use evidence::{Cache, Cached, FetchError, Fetcher, Mirror, Pending, SetUpError};
use futures_util::future::BoxFuture;
use pki::{Certificate, UnixTime};
use store::Store;

/// Finds the lists that speak for a certificate, at the addresses that it announces and its provider allows.
pub trait RevocationLists: Send + Sync {
    /// What can be had now. A list that cannot be had is missing from the answer; it is no error.
    fn find<'a>(
        &'a self,
        certificate: &'a Certificate,
        provider: &'a Provider,
        now: Timestamp,
    ) -> BoxFuture<'a, Found>;
}

/// Lists over HTTP, kept in the database for when their address does not answer.
pub struct FetchedLists {
    fetcher: Fetcher,
}

impl FetchedLists {
    /// Fetches by way of these mirrors, and keeps what came in the store.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new(mirrors: Vec<Mirror>, store: Arc<Store>) -> Result<Self, SetUpError> {
        Ok(Self {
            fetcher: Fetcher::new(mirrors, Arc::new(StoreCache(store)))?,
        })
    }
}

impl RevocationLists for FetchedLists {
    fn find<'a>(
        &'a self,
        certificate: &'a Certificate,
        provider: &'a Provider,
        now: Timestamp,
    ) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            // Asked anew each time: a key that was revoked a minute ago must not log in.
            let gathered = self
                .fetcher
                .crls(provider, certificate, now.into(), 0)
                .await;
            for (address, error) in &gathered.failures {
                tracing::warn!(address, %error, "a revocation list could not be had");
            }
            let unreadable = gathered
                .failures
                .iter()
                .any(|(_, error)| matches!(error, FetchError::Malformed(_)));
            Found {
                lists: gathered.crls,
                unreadable,
            }
        })
    }
}

/// The evidence cache in the database. It may fail: then there is nothing kept.
struct StoreCache(Arc<Store>);

impl Cache for StoreCache {
    fn load<'a>(&'a self, url: &'a str) -> Pending<'a, Option<Cached>> {
        Box::pin(async move {
            let kept = self.0.evidence(url).await;
            let kept = kept
                .inspect_err(|error| tracing::warn!(%error, "the evidence cache could not be read"))
                .ok()?;
            kept.map(|(body, at)| Cached {
                body,
                fetched_at: UnixTime::from(at),
            })
        })
    }

    fn keep<'a>(&'a self, url: &'a str, entry: &'a Cached) -> Pending<'a, ()> {
        Box::pin(async move {
            let kept = self
                .0
                .keep_evidence(url, &entry.body, entry.fetched_at.into())
                .await;
            if let Err(error) = kept {
                tracing::warn!(%error, "the evidence cache could not be written");
            }
        })
    }
}
