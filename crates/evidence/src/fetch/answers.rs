//! What the responders say that a certificate announces (RFC 6960, appendix A).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use catalogue::Provider;
use pki::ocsp::{
    self, BasicResponse, CertId, CertIdHash, OcspAnswer, OcspRequest, OcspResponse, Question,
};
use pki::{Certificate, UnixTime};
use url::Url;

use super::{Ask, FetchError, Fetcher, Gathered};
use crate::{Cached, address::listed};

/// RFC 6960 appendix A.1: a question goes into the address where the whole is shorter than this.
const GET_BYTES: usize = 255;

impl Fetcher {
    /// What the responders say that a certificate announces. Only addresses that the catalogue lists are asked.
    ///
    /// With a nonce the question is posted, and an answer to another question doesn't count; an answer without
    /// one may be pre-signed and counts by its times. Without a nonce the question goes into the address, so
    /// that caches on the way serve it.
    ///
    /// Only an answer that counts replaces the kept one, and only where it is not older. A kept one that is
    /// still current stands in where a responder is down.
    pub async fn answers(
        &self,
        provider: &Provider,
        certificate: &Certificate,
        issuer: &Certificate,
        nonce: Option<&[u8]>,
        now: UnixTime,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        let id = CertId::of(CertIdHash::Sha1, certificate, issuer);
        let request = OcspRequest::build(&[id], nonce);
        let question = Question {
            subject: certificate,
            issuer,
            at: now,
            nonce,
            crls: &[],
        };
        for announced in certificate.ocsp_urls().iter().take(self.limits.addresses) {
            let Some(url) = listed(&provider.ocsp.allow, announced) else {
                gathered
                    .failures
                    .push((announced.clone(), FetchError::NotListed));
                continue;
            };
            let place = place(announced, certificate);
            let kept = self.kept_answer(&place, &question).await;
            match self.ask(provider, url, &request, &question).await {
                Ok(response) if is_older(&response, kept.as_ref(), &question) => {
                    gathered
                        .failures
                        .push((announced.clone(), FetchError::Older));
                    gathered.responses.extend(kept);
                }
                Ok(response) => {
                    let entry = Cached {
                        body: response.der().to_vec(),
                        fetched_at: now,
                    };
                    self.cache.keep(&place, &entry).await;
                    gathered.responses.push(response);
                    // One answer that counts is enough; the next address is for when this one fails.
                    break;
                }
                Err(error) => {
                    gathered.failures.push((announced.clone(), error));
                    gathered.responses.extend(kept);
                }
            }
        }
        gathered
    }

    /// What was kept, where it still counts.
    async fn kept_answer(&self, place: &str, question: &Question<'_>) -> Option<BasicResponse> {
        let cached = self.cache.load(place).await?;
        let response = BasicResponse::from_der(&cached.body).ok()?;
        this_update(&response, question).map(|_| response)
    }

    /// An answer that counts, else why there is none.
    async fn ask(
        &self,
        provider: &Provider,
        mut url: Url,
        request: &[u8],
        question: &Question<'_>,
    ) -> Result<BasicResponse, FetchError> {
        let in_address = question
            .nonce
            .is_none()
            .then(|| in_address(&url, request))
            .flatten();
        let ask = match in_address {
            Some(address) => {
                url = address;
                Ask::Answer(None)
            }
            None => Ask::Answer(Some(request.to_vec())),
        };
        let body = self.body(&provider.ocsp.allow, url, &ask).await?;
        let response = OcspResponse::from_der(&body).map_err(FetchError::Malformed)?;
        let Some(basic) = response.basic() else {
            return Err(FetchError::Responder(response.status()));
        };
        match ocsp::answer(question, std::slice::from_ref(basic)) {
            OcspAnswer::NoEvidence(why) => Err(FetchError::Answer(why)),
            _ => Ok(basic.clone()),
        }
    }
}

/// Where the answer for a certificate is kept: a responder's address serves many.
fn place(announced: &str, certificate: &Certificate) -> String {
    let fingerprint = certificate.sha256_fingerprint();
    format!("ocsp {announced} {}", hex::encode(fingerprint))
}

/// thisUpdate of what a kept or new response says; `None` where it doesn't count. A kept one has the nonce of
/// an earlier question.
fn this_update(response: &BasicResponse, question: &Question<'_>) -> Option<UnixTime> {
    let question = Question {
        nonce: None,
        ..*question
    };
    match ocsp::answer(&question, std::slice::from_ref(response)) {
        OcspAnswer::NoEvidence(_) => None,
        _ => response
            .singles()
            .iter()
            .filter(|single| single.id.means(question.subject, question.issuer))
            .map(|single| single.this_update)
            .max(),
    }
}

fn is_older(
    response: &BasicResponse,
    kept: Option<&BasicResponse>,
    question: &Question<'_>,
) -> bool {
    let time = |response| this_update(response, question);
    kept.and_then(time) > time(response)
}

/// `{url}/{base64}`, where the whole is short enough.
fn in_address(url: &Url, request: &[u8]) -> Option<Url> {
    let mut address = url.clone();
    // Slash, plus and equals sign of base64 are escaped, so that nothing on the way folds them.
    address
        .path_segments_mut()
        .ok()?
        .pop_if_empty()
        .push(&STANDARD.encode(request));
    let text = address.as_str().replace('+', "%2B").replace('=', "%3D");
    let address = Url::parse(&text).ok()?;
    (address.as_str().len() < GET_BYTES).then_some(address)
}
