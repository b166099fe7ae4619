//! Verifying a file with what the catalogue and the network can add: anchors, revocation lists of the signers'
//! providers, and the provider's name and key number in the report.

use std::future::Future;
use std::sync::Arc;

use catalogue::{Catalogue, Provider};
use contract::{Report, ReportedProvider, Text};
use pki::cms::SignedData;
use pki::crl::Crl;
use pki::path::{self, TrustStore, Usage};
use pki::{Certificate, UnixTime};
use seal::pdf::document::Document;
use seal::pdf::source::Source;
use seal::pdf::{Policy, VerifyOptions, signature};

/// Signers of one file whose lists are fetched; further ones are judged by what is there then.
const MAX_SIGNERS: usize = 64;

/// The certificates that the file's signatures name as their signers. A file that cannot be read has none.
#[must_use]
pub fn signers(file: &[u8]) -> Vec<Certificate> {
    if seal::ofd::looks_like_ofd(file) {
        let mut found = seal::ofd::signer_certificates(file);
        found.truncate(MAX_SIGNERS);
        return found;
    }
    let Ok(document) = Document::open(Source::whole(file)) else {
        return Vec::new();
    };
    let mut found: Vec<Certificate> = Vec::new();
    for signature in signature::find(&document).unwrap_or_default() {
        let Some(parts) = signature.parts.ok() else {
            continue;
        };
        let Some(signed) = element(&parts.contents).and_then(|der| SignedData::from_der(der).ok())
        else {
            continue;
        };
        let named = signed
            .signers()
            .iter()
            .filter_map(|signer| signed.certificate_of(signer));
        for certificate in named {
            if found.len() < MAX_SIGNERS && !found.contains(certificate) {
                found.push(certificate.clone());
            }
        }
    }
    found
}

/// The anchors and intermediates of every provider, without lists.
#[must_use]
pub fn catalogue_trust(catalogue: &Catalogue) -> TrustStore {
    let known = catalogue.trust();
    TrustStore {
        anchors: known.anchors,
        intermediates: known.intermediates,
        ..TrustStore::default()
    }
}

/// Adds to `trust` the lists that the signers' certificates and their issuers announce, for those whose
/// provider the catalogue knows and whose path leads to an anchor. `fetch` gets each certificate once.
pub async fn gather<F>(
    trust: &mut TrustStore,
    signers: &[Certificate],
    catalogue: &Catalogue,
    at: UnixTime,
    fetch: impl Fn(Certificate, Certificate, Provider) -> F,
) where
    F: Future<Output = Vec<Crl>>,
{
    let mut asked: Vec<[u8; 32]> = Vec::new();
    for signer in signers {
        let Some(provider) = catalogue.recognise(signer) else {
            continue;
        };
        let Ok(path) = path::validate(signer, &[], trust, at, Usage::Any) else {
            continue;
        };
        for pair in path.certificates().windows(2) {
            let fingerprint = pair[0].sha256_fingerprint();
            if !asked.contains(&fingerprint) {
                asked.push(fingerprint);
                trust
                    .crls
                    .extend(fetch(pair[0].clone(), pair[1].clone(), provider.clone()).await);
            }
        }
    }
}

/// Verifies, and names the providers. Reads and hashes the whole file: call it where blocking is allowed.
#[must_use]
pub fn verify<T: AsRef<[u8]> + Send + Sync + 'static>(
    file: &Arc<T>,
    trust: &TrustStore,
    at: UnixTime,
    name: Option<String>,
    catalogue: Option<&Catalogue>,
) -> Report {
    let options = VerifyOptions {
        trust,
        at,
        policy: Policy::default(),
        name,
    };
    let mut report = seal::verify(file, &options);
    if let Some(catalogue) = catalogue {
        let certificates = signers((**file).as_ref());
        for signer in report
            .signatures
            .iter_mut()
            .filter_map(|signature| signature.signer.as_mut())
        {
            let certificate = certificates.iter().find(|certificate| {
                hex::encode(certificate.sha256_fingerprint()) == signer.fingerprint_sha256
            });
            let Some((certificate, provider)) = certificate
                .and_then(|found| catalogue.recognise(found).map(|provider| (found, provider)))
            else {
                continue;
            };
            // An issuer's name can be copied: a provider is named only where the path ends in its own anchors.
            let known = catalogue.trust_of(provider);
            let own = TrustStore {
                anchors: known.anchors,
                intermediates: known.intermediates,
                ..TrustStore::default()
            };
            if path::validate(certificate, &[], &own, certificate.not_before(), Usage::Any).is_ok()
            {
                signer.provider = Some(ReportedProvider {
                    id: provider.id.to_string(),
                    name: Text::new(&provider.name.zh, &provider.name.en),
                });
                signer.key_number = catalogue::identity(provider, certificate)
                    .ok()
                    .map(|identity| identity.key_number);
            }
        }
    }
    report
}

/// The DER element at the beginning of `/Contents`, without the zeros behind it.
fn element(contents: &[u8]) -> Option<&[u8]> {
    let first = *contents.get(1)?;
    let (length, header) = match first {
        0..=0x7f => (usize::from(first), 2),
        0x81..=0x84 => {
            let count = usize::from(first - 0x80);
            let bytes = contents.get(2..2 + count)?;
            (
                bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                2 + count,
            )
        }
        _ => return None,
    };
    contents.get(..header.checked_add(length)?)
}
