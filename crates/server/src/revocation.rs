//! Where evidence about revocation comes from: an interface, so that a test needs no network.

use std::sync::Arc;

use catalogue::Provider;
use domain::entropy::random_bytes;
use domain::revocation::Found;
use domain::{Randomness, Timestamp};
use evidence::{Cache, Cached, FetchError, Fetcher, Gathered, Mirror, Pending, SetUpError};
use futures_util::future::BoxFuture;
use pki::{Certificate, UnixTime, ocsp};
use store::Store;

/// Finds the evidence that speaks for a certificate, at the addresses that it announces and its provider allows.
pub trait RevocationLists: Send + Sync {
    /// The lists that can be had now. One that cannot be had is missing from the answer; it is no error.
    fn lists<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
        provider: &'a Provider,
        now: Timestamp,
    ) -> BoxFuture<'a, Found>;

    /// What suffices to judge the certificate now: its responder's answer, or its lists.
    fn find<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
        provider: &'a Provider,
        now: Timestamp,
    ) -> BoxFuture<'a, Found> {
        self.lists(certificate, issuer, provider, now)
    }
}

/// Evidence over HTTP, kept in the database for when its address does not answer.
pub struct FetchedLists {
    fetcher: Fetcher,
    random: Arc<dyn Randomness>,
}

impl FetchedLists {
    /// Fetches by way of these mirrors, and keeps what came in the store.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new(
        mirrors: Vec<Mirror>,
        store: Arc<Store>,
        random: Arc<dyn Randomness>,
    ) -> Result<Self, SetUpError> {
        Ok(Self {
            fetcher: Fetcher::new(mirrors, Arc::new(StoreCache(store)))?,
            random,
        })
    }
}

impl RevocationLists for FetchedLists {
    fn lists<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
        provider: &'a Provider,
        now: Timestamp,
    ) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            // Asked anew each time: a key that was revoked a minute ago must not log in.
            let gathered = self
                .fetcher
                .crls(provider, certificate, issuer, now.into(), 0)
                .await;
            found(gathered)
        })
    }

    fn find<'a>(
        &'a self,
        certificate: &'a Certificate,
        issuer: &'a Certificate,
        provider: &'a Provider,
        now: Timestamp,
    ) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            // A nonce, so that the answer is one of now wherever the responder can give it.
            let nonce: [u8; ocsp::NONCE] = random_bytes(&*self.random);
            let gathered = self
                .fetcher
                .answers(provider, certificate, issuer, Some(&nonce), now.into())
                .await;
            let answered = gathered.failures.is_empty() && !gathered.responses.is_empty();
            let mut all = found(gathered);
            // No responder, or none that answers: the lists say it, or nobody does.
            if !answered {
                let by_list = self.lists(certificate, issuer, provider, now).await;
                all.lists = by_list.lists;
                all.unreadable |= by_list.unreadable;
            }
            all
        })
    }
}

fn found(gathered: Gathered) -> Found {
    for (address, error) in &gathered.failures {
        tracing::warn!(address, %error, "evidence about a certificate could not be had");
    }
    let unreadable = gathered
        .failures
        .iter()
        .any(|(_, error)| matches!(error, FetchError::Malformed(_)));
    Found {
        lists: gathered.crls,
        responses: gathered.responses,
        unreadable,
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
