//! Fetching the revocation lists that a certificate announces.

use std::{sync::Arc, time::Duration};

use catalogue::Provider;
use pki::{Certificate, ParseError, UnixTime, crl::Crl};
use reqwest::{Client, StatusCode, header::LOCATION, redirect::Policy};
use url::Url;

use crate::{
    Cache, Cached, Mirror,
    address::{is_listed, is_private_literal, listed, public_resolver},
};

/// Bounds on one fetch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub bytes: usize,
    /// Time for everything, redirects included.
    pub time: Duration,
    /// Redirects followed.
    pub redirects: usize,
    /// Addresses tried for one certificate.
    pub addresses: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            time: Duration::from_secs(8),
            redirects: 3,
            addresses: 4,
        }
    }
}

/// Fetches evidence. One for the process: it holds the connections.
pub struct Fetcher {
    public: Client,
    mirrored: Client,
    mirrors: Vec<Mirror>,
    cache: Arc<dyn Cache>,
    limits: Limits,
}

/// What was found for a certificate.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Lists that parse, newest fetch first.
    pub crls: Vec<Crl>,
    /// What went wrong, by announced address.
    pub failures: Vec<(String, FetchError)>,
}

/// Why an address gave no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The catalogue does not list the address for this provider; it was not touched.
    #[error("the catalogue does not list this address for the provider")]
    NotListed,
    /// The address is a machine's own or a private network's; it was not touched.
    #[error("the address is not a public one")]
    NotPublic,
    /// No connection, or it broke.
    #[error("the address cannot be reached")]
    Unreachable,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// An answer other than 200.
    #[error("the answer was HTTP {0}")]
    Status(u16),
    /// A redirect to where the catalogue does not lead, or too many.
    #[error("the address redirects to one that is not listed, or too often")]
    Redirected,
    /// More bytes than a list may have.
    #[error("the answer is larger than a revocation list may be")]
    TooLarge,
    /// Not a revocation list.
    #[error("the answer is no revocation list: {0}")]
    Malformed(ParseError),
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct SetUpError(#[from] reqwest::Error);

impl Fetcher {
    /// A fetcher with the usual limits.
    pub fn new(mirrors: Vec<Mirror>, cache: Arc<dyn Cache>) -> Result<Self, SetUpError> {
        Self::with_limits(mirrors, cache, Limits::default())
    }

    /// A fetcher with limits of one's own.
    pub fn with_limits(
        mirrors: Vec<Mirror>,
        cache: Arc<dyn Cache>,
        limits: Limits,
    ) -> Result<Self, SetUpError> {
        // Addresses here are http; but the agent's platforms are https, and in a build of both the client wants a
        // provider whatever it fetches. A second call finds the first one's.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let common = || {
            Client::builder()
                // Each hop is judged here, not by the client.
                .redirect(Policy::none())
                // A proxy of the environment would resolve names out of our sight.
                .no_proxy()
                .connect_timeout(limits.time / 2)
                .timeout(limits.time)
                .pool_max_idle_per_host(2)
        };
        Ok(Self {
            public: common().dns_resolver(public_resolver()).build()?,
            // A mirror is the operator's own decision, in a closed network as a rule.
            mirrored: common().build()?,
            mirrors,
            cache,
            limits,
        })
    }

    /// The lists that a certificate announces. Each listed address is asked anew unless the cache has an
    /// answer not older than `max_age_seconds`; where an address fails, a cached list that is still current
    /// stands in, and the failure is told beside it.
    pub async fn crls(
        &self,
        provider: &Provider,
        certificate: &Certificate,
        now: UnixTime,
        max_age_seconds: i64,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        for announced in certificate.crl_urls().iter().take(self.limits.addresses) {
            let Some(url) = listed(provider, announced) else {
                gathered
                    .failures
                    .push((announced.clone(), FetchError::NotListed));
                continue;
            };
            let cached = self.cached(announced).await;
            if let Some((crl, fetched_at)) = &cached
                && (0..=max_age_seconds).contains(&now.0.saturating_sub(fetched_at.0))
                && is_current(crl, now)
            {
                gathered.crls.push(crl.clone());
                continue;
            }
            match self.fetch(provider, url).await {
                Ok((crl, body)) => {
                    self.cache
                        .keep(
                            announced,
                            &Cached {
                                body,
                                fetched_at: now,
                            },
                        )
                        .await;
                    gathered.crls.push(crl);
                }
                Err(error) => {
                    gathered.failures.push((announced.clone(), error));
                    gathered.crls.extend(
                        cached
                            .map(|(crl, _)| crl)
                            .filter(|crl| is_current(crl, now)),
                    );
                }
            }
        }
        gathered
    }

    async fn cached(&self, announced: &str) -> Option<(Crl, UnixTime)> {
        let cached = self.cache.load(announced).await?;
        Some((Crl::from_der(&cached.body).ok()?, cached.fetched_at))
    }

    async fn fetch(&self, provider: &Provider, url: Url) -> Result<(Crl, Vec<u8>), FetchError> {
        let fetching = async {
            let body = self.body(provider, url).await?;
            let crl = parse(&body).map_err(FetchError::Malformed)?;
            let der = crl.der().to_vec();
            Ok((crl, der))
        };
        tokio::time::timeout(self.limits.time, fetching)
            .await
            .unwrap_or(Err(FetchError::TimedOut))
    }

    async fn body(&self, provider: &Provider, announced: Url) -> Result<Vec<u8>, FetchError> {
        let mirror = self
            .mirrors
            .iter()
            .find_map(|mirror| mirror.apply(&announced).map(|url| (mirror, url)));
        let (mirror, mut url) = match mirror {
            Some((mirror, url)) => (Some(mirror), url),
            None => (None, announced),
        };
        for _ in 0..=self.limits.redirects {
            let client = match mirror {
                Some(_) => &self.mirrored,
                None if is_private_literal(&url) => return Err(FetchError::NotPublic),
                None => &self.public,
            };
            let mut response = client.get(url.clone()).send().await.map_err(network)?;
            if response.status().is_redirection() {
                let target = response
                    .headers()
                    .get(LOCATION)
                    .and_then(|value| value.to_str().ok());
                let next = target
                    .and_then(|target| url.join(target).ok())
                    .ok_or(FetchError::Redirected)?;
                let leads_on = mirror
                    .map_or_else(|| is_listed(provider, &next), |mirror| mirror.covers(&next));
                if !leads_on {
                    return Err(FetchError::Redirected);
                }
                url = next;
                continue;
            }
            if response.status() != StatusCode::OK {
                return Err(FetchError::Status(response.status().as_u16()));
            }
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(network)? {
                if body.len() + chunk.len() > self.limits.bytes {
                    return Err(FetchError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            return Ok(body);
        }
        Err(FetchError::Redirected)
    }
}

/// RFC 5280 §4.2.1.13 says DER; some CAs serve PEM.
fn parse(body: &[u8]) -> Result<Crl, ParseError> {
    match std::str::from_utf8(body) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN ") => Crl::from_pem(text),
        _ => Crl::from_der(body),
    }
}

fn is_current(crl: &Crl, now: UnixTime) -> bool {
    crl.this_update() <= now && crl.next_update().is_some_and(|next| now < next)
}

fn network(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::TimedOut
    } else {
        FetchError::Unreachable
    }
}
