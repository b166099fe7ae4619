//! Fetching evidence over HTTP: limits, addresses, redirects, and why an address gave none.
//! What is fetched stands beside: lists in [`lists`], answers of responders in [`answers`].

mod answers;
mod lists;

use std::{sync::Arc, time::Duration};

use pki::{
    ParseError,
    crl::{Crl, WhyUndetermined},
    ocsp::{BasicResponse, ResponseStatus, WhyNoEvidence},
};
use reqwest::{
    Client, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
    redirect::Policy,
};
use url::Url;

use crate::{
    Cache, Mirror,
    address::{is_listed, is_private_literal, public_resolver},
};

/// Bounds on one fetch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a revocation list.
    pub bytes: usize,
    /// Bytes of a responder's answer.
    pub answer_bytes: usize,
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
            answer_bytes: 256 * 1024,
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
    /// Answers of responders that parse, newest fetch first; one with a wrong nonce is not among them.
    pub responses: Vec<BasicResponse>,
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
    /// An HTTP status other than 200.
    #[error("the answer was HTTP {0}")]
    Status(u16),
    /// A redirect to where the catalogue does not lead, or too many.
    #[error("the address redirects to one that is not listed, or too often")]
    Redirected,
    /// More bytes than a list or an answer may have.
    #[error("the answer is larger than it may be")]
    TooLarge,
    /// Not a revocation list, or no OCSP response.
    #[error("the answer is not what was asked for: {0}")]
    Malformed(ParseError),
    /// A list that is no evidence: forged, another issuer's, out of date. What was kept stays.
    #[error("the list is no evidence: {0:?}")]
    List(WhyUndetermined),
    /// A list or an answer that is older than one already seen: what it would take back stays said.
    #[error("the answer is older than one already seen")]
    Older,
    /// The responder did not answer the question.
    #[error("the responder did not answer: {0:?}")]
    Responder(ResponseStatus),
    /// An OCSP response that is no evidence. What was kept stays.
    #[error("{0}")]
    Answer(WhyNoEvidence),
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct SetUpError(#[from] reqwest::Error);

/// An HTTP client that follows no redirect by itself; whoever builds it sets the time limits.
pub fn client() -> reqwest::ClientBuilder {
    // Addresses here are http; but the agent's platforms are https, and in a build of both the client wants a
    // provider whatever it fetches. A second call finds the first one's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Each hop is judged by the one who asked.
    Client::builder().redirect(Policy::none())
}

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
        let common = || {
            client()
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

    /// The body at an announced address, within all limits; `allow` is where redirects may lead.
    async fn body(
        &self,
        allow: &[String],
        announced: Url,
        ask: &Ask,
    ) -> Result<Vec<u8>, FetchError> {
        tokio::time::timeout(self.limits.time, self.follow(allow, announced, ask))
            .await
            .unwrap_or(Err(FetchError::TimedOut))
    }

    async fn follow(
        &self,
        allow: &[String],
        announced: Url,
        ask: &Ask,
    ) -> Result<Vec<u8>, FetchError> {
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
            let request = match ask {
                Ask::List => client.get(url.clone()),
                Ask::Answer(None) => client.get(url.clone()).header(ACCEPT, ANSWER),
                Ask::Answer(Some(question)) => client
                    .post(url.clone())
                    .header(CONTENT_TYPE, "application/ocsp-request")
                    .header(ACCEPT, ANSWER)
                    .body(question.clone()),
            };
            let mut response = request.send().await.map_err(network)?;
            if response.status().is_redirection() {
                let target = response
                    .headers()
                    .get(LOCATION)
                    .and_then(|value| value.to_str().ok());
                let next = target
                    .and_then(|target| url.join(target).ok())
                    .ok_or(FetchError::Redirected)?;
                let leads_on =
                    mirror.map_or_else(|| is_listed(allow, &next), |mirror| mirror.covers(&next));
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
                if body.len() + chunk.len() > self.limit_of(ask) {
                    return Err(FetchError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            return Ok(body);
        }
        Err(FetchError::Redirected)
    }

    const fn limit_of(&self, ask: &Ask) -> usize {
        match ask {
            Ask::List => self.limits.bytes,
            Ask::Answer(_) => self.limits.answer_bytes,
        }
    }
}

/// The media type of an OCSP response (RFC 6960 appendix C.2).
const ANSWER: &str = "application/ocsp-response";

/// What is asked of an address.
enum Ask {
    /// A revocation list.
    List,
    /// A responder's answer: to the question in the address, or to one that is sent along.
    Answer(Option<Vec<u8>>),
}

fn network(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::TimedOut
    } else {
        FetchError::Unreachable
    }
}
