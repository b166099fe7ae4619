//! The revocation lists that a certificate announces (RFC 5280 §4.2.1.13).

use catalogue::Provider;
use pki::crl::{self, Crl, RevocationStatus, WhyUndetermined};
use pki::{Certificate, ParseError, UnixTime};
use url::Url;

use super::{Ask, FetchError, Fetcher, Gathered};
use crate::{Cached, address::listed};

impl Fetcher {
    /// The lists that a certificate announces. Each listed address is asked anew unless the cache has a list
    /// not older than `max_age_seconds` (0: it is asked always); where an address fails, a cached list that is still current stands
    /// in, and the failure is told beside it.
    ///
    /// Only a list that counts (signed by `issuer`, about the certificate, current) replaces the kept one, and
    /// only where it is not older: neither a forger nor a replay makes a revocation unsaid.
    pub async fn crls(
        &self,
        provider: &Provider,
        certificate: &Certificate,
        issuer: &Certificate,
        now: UnixTime,
        max_age_seconds: i64,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        let judge = Judge {
            certificate,
            issuer,
            now,
        };
        for announced in certificate.crl_urls().iter().take(self.limits.addresses) {
            let Some(url) = listed(&provider.crl.allow, announced) else {
                gathered
                    .failures
                    .push((announced.clone(), FetchError::NotListed));
                continue;
            };
            let kept = self.kept_list(announced, &judge).await;
            if let Some((crl, fetched_at)) = &kept
                && max_age_seconds > 0
                && (0..=max_age_seconds).contains(&now.0.saturating_sub(fetched_at.0))
                && judge.counts(crl).is_ok()
            {
                gathered.crls.push(crl.clone());
                continue;
            }
            let stand_in = kept.as_ref().map(|(crl, _)| crl);
            match self.fetch_list(provider, url, &judge, stand_in).await {
                Ok(crl) => {
                    let entry = Cached {
                        body: crl.der().to_vec(),
                        fetched_at: now,
                    };
                    self.cache.keep(announced, &entry).await;
                    gathered.crls.push(crl);
                }
                Err((error, came)) => {
                    // What came is shown, so that the reason why there is no evidence is its own.
                    gathered.crls.extend(came);
                    gathered.failures.push((announced.clone(), error));
                    gathered
                        .crls
                        .extend(stand_in.filter(|crl| judge.counts(crl).is_ok()).cloned());
                }
            }
        }
        gathered
    }

    /// What was kept, where the issuer really signed it.
    async fn kept_list(&self, announced: &str, judge: &Judge<'_>) -> Option<(Crl, UnixTime)> {
        let cached = self.cache.load(announced).await?;
        let crl = Crl::from_der(&cached.body).ok()?;
        judge
            .counts_at(&crl, crl.this_update())
            .is_ok()
            .then_some((crl, cached.fetched_at))
    }

    /// A list that counts and takes nothing back; else why not, and the list where it may still be shown.
    async fn fetch_list(
        &self,
        provider: &Provider,
        url: Url,
        judge: &Judge<'_>,
        kept: Option<&Crl>,
    ) -> Result<Crl, (FetchError, Option<Crl>)> {
        let body = self
            .body(&provider.crl.allow, url, &Ask::List)
            .await
            .map_err(|error| (error, None))?;
        let crl = parse(&body).map_err(|error| (FetchError::Malformed(error), None))?;
        if let Err(why) = judge.counts(&crl) {
            return Err((FetchError::List(why), Some(crl)));
        }
        if kept.is_some_and(|kept| is_older(&crl, kept)) {
            return Err((FetchError::Older, None));
        }
        Ok(crl)
    }
}

/// For whom a list has to count.
struct Judge<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    now: UnixTime,
}

impl Judge<'_> {
    fn counts(&self, crl: &Crl) -> Result<(), WhyUndetermined> {
        self.counts_at(crl, self.now)
    }

    fn counts_at(&self, crl: &Crl, at: UnixTime) -> Result<(), WhyUndetermined> {
        match crl::status(self.certificate, self.issuer, std::slice::from_ref(crl), at) {
            RevocationStatus::Good { .. } | RevocationStatus::Revoked { .. } => Ok(()),
            RevocationStatus::Undetermined(why) => Err(why),
            RevocationStatus::NotAnnounced => Err(WhyUndetermined::Missing),
        }
    }
}

/// By number where both have one (RFC 5280 §5.2.3), else by thisUpdate.
fn is_older(crl: &Crl, kept: &Crl) -> bool {
    match (crl.number(), kept.number()) {
        // Magnitudes without leading zeros: the longer is the larger.
        (Some(number), Some(seen)) => (number.len(), number) < (seen.len(), seen),
        _ => crl.this_update() < kept.this_update(),
    }
}

/// RFC 5280 §4.2.1.13 says DER; some CAs serve PEM.
fn parse(body: &[u8]) -> Result<Crl, ParseError> {
    match std::str::from_utf8(body) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN ") => Crl::from_pem(text),
        _ => Crl::from_der(body),
    }
}
