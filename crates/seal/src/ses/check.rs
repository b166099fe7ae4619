//! Judging a seal signature: the signature, the seal inside it, and the two certificates.
//!
//! The seal's own check (GB/T 38540-2020 6.3, GM/T 0031-2025): its maker's signature, its maker's
//! certificate as it was at createDate — that it expired or was revoked later is a notice — its validity,
//! and, for v5, its time stamp. The signature's (7.3): digest, signature value, the signer's certificate
//! in the seal's list, the time.

use contract::{Check, CheckResult, Layer, ReportedSignature, SealIntentAttribute};
use pki::crl::RevocationStatus;
use pki::path::{self, PathError, Usage, ValidatedPath};
use pki::tsp::{TimeStampError, TimeStampToken};
use pki::{Certificate, HashAlgorithm, UnixTime, hash, oid};

use super::read::{
    CertificateList, SesSeal, SesSignature, SesTime, SesVersion, signature_algorithm,
};
use super::reasons::because;
use crate::pdf::{VerifyOptions, describe, rfc3339, trust};

/// What the caller needs beside the checks.
pub(crate) struct Judged {
    /// What the signer was shown, where it was signed; `Err` where it cannot be read.
    pub intent: Option<Result<SealIntentAttribute, ()>>,
}

/// Adds the checks of everything that the seal signature decides. `digest` gives the digest of what it is
/// over; `None` where that is not at hand.
pub(crate) fn judge(
    signature: &SesSignature,
    digest: impl FnOnce(HashAlgorithm) -> Option<Vec<u8>>,
    options: &VerifyOptions<'_>,
    report: &mut ReportedSignature,
    checks: &mut Vec<Check>,
) -> Judged {
    report.format = signature.version.name().into();
    report.claimed_time = signature.claimed_time().map(rfc3339);
    checks.push(structure(signature));
    let certificate = Certificate::from_der(&signature.certificate);
    checks.push(integrity(signature, certificate.as_ref().ok(), digest));
    let proved = stamp(signature, options, checks);
    report.proved_time = proved.map(rfc3339);
    seal(signature, proved, options, checks);
    if let Ok(certificate) = certificate {
        report.signer = Some(describe(&certificate));
        trust(&certificate, &[], options, checks);
        if proved.is_none() {
            checks.push(time(signature, &certificate));
        }
    }
    let intent = signature
        .extension(&oid::YINXIN_SEAL_INTENT)
        .map(|der| SealIntentAttribute::from_der(der).map_err(|_| ()));
    Judged { intent }
}

fn clause(version: SesVersion, section: &str) -> String {
    match version {
        SesVersion::V4 => format!("{} {section}", version.standard()),
        _ => version.standard().into(),
    }
}

/// Editions are not mixed, and nothing critical is passed over.
fn structure(signature: &SesSignature) -> Check {
    let clause = clause(signature.version, "7.1");
    if signature.seal.version != signature.version {
        let detail = format!(
            "{} / {}",
            signature.version.name(),
            signature.seal.version.name()
        );
        return because(
            Layer::Structure,
            CheckResult::Failed,
            "seal_versions_mixed",
            Some(&detail),
        )
        .clause(&clause);
    }
    let unknown = signature
        .extensions
        .iter()
        .chain(&signature.seal.extensions)
        .find(|extension| extension.critical && extension.oid != oid::YINXIN_SEAL_INTENT);
    match unknown {
        Some(unknown) => because(
            Layer::Structure,
            CheckResult::Indeterminate,
            "seal_extension_unknown",
            Some(&unknown.oid.to_string()),
        )
        .clause(&clause),
        None => Check::passed(Layer::Structure).clause(&clause),
    }
}

fn integrity(
    signature: &SesSignature,
    certificate: Option<&Certificate>,
    digest: impl FnOnce(HashAlgorithm) -> Option<Vec<u8>>,
) -> Check {
    let clause = clause(signature.version, "7.3");
    let check = |result, word, detail: Option<&str>| {
        because(Layer::Integrity, result, word, detail).clause(&clause)
    };
    let Some(algorithm) = signature_algorithm(&signature.algorithm) else {
        return check(
            CheckResult::Indeterminate,
            "seal_algorithm_unsupported",
            Some(&signature.algorithm.to_string()),
        );
    };
    if digest(algorithm.hash()).is_none_or(|digest| digest != signature.data_hash) {
        return check(CheckResult::Failed, "data_hash", None);
    }
    let Some(certificate) = certificate else {
        return check(CheckResult::Failed, "signer_certificate_unreadable", None);
    };
    match certificate
        .public_key()
        .verify(algorithm, signature.signed(), &signature.signature)
    {
        Ok(()) => Check::passed(Layer::Integrity).clause(&clause),
        Err(error) => check(
            CheckResult::Failed,
            "seal_signature_wrong",
            Some(&error.to_string()),
        ),
    }
}

/// The time stamp over the signature value; the time that it proves.
fn stamp(
    signature: &SesSignature,
    options: &VerifyOptions<'_>,
    checks: &mut Vec<Check>,
) -> Option<UnixTime> {
    if let SesTime::TimeStamp(_) = signature.time {
        // What a v1 stamp is of, makers did not agree on.
        checks.push(because(
            Layer::Time,
            CheckResult::Indeterminate,
            "time_stamp_unsupported",
            None,
        ));
        return None;
    }
    let token = signature.time_stamp.as_deref()?;
    match time_stamp(token, &signature.signature, options) {
        Ok(time) => {
            // The stamp comes after the signature: a claim beyond it is false, but for clocks that differ.
            let early = signature
                .claimed_time()
                .is_some_and(|claimed| claimed > time.plus(300));
            checks.push(if early {
                because(
                    Layer::Time,
                    CheckResult::Failed,
                    "time_stamp_before_claim",
                    None,
                )
            } else {
                because(Layer::Time, CheckResult::Passed, "time_stamped", None)
                    .clause(&clause(signature.version, "7.3"))
            });
            Some(time)
        }
        Err((result, word, detail)) => {
            checks.push(because(Layer::Time, result, word, Some(&detail)));
            None
        }
    }
}

/// The time that a stamp over `bytes` proves, or what speaks against it.
fn time_stamp(
    token: &[u8],
    bytes: &[u8],
    options: &VerifyOptions<'_>,
) -> Result<UnixTime, (CheckResult, &'static str, String)> {
    let token = TimeStampToken::from_der(token).map_err(|error| {
        (
            CheckResult::Failed,
            "time_stamp_malformed",
            error.to_string(),
        )
    })?;
    match token.verify(bytes, options.trust, options.at) {
        Ok(verified) => Ok(verified.gen_time),
        Err(error) => {
            let (result, word) = match &error {
                TimeStampError::Path(
                    PathError::NoAnchor { .. } | PathError::Expired { .. } | PathError::Limit,
                )
                | TimeStampError::CertificateMissing => {
                    (CheckResult::Indeterminate, "time_stamp_untrusted")
                }
                TimeStampError::OtherBytes => (CheckResult::Failed, "time_stamp_of_other"),
                _ => (CheckResult::Failed, "time_stamp_wrong"),
            };
            Err((result, word, error.to_string()))
        }
    }
}

/// The seal itself, and whether this signer may use it.
fn seal(
    signature: &SesSignature,
    proved: Option<UnixTime>,
    options: &VerifyOptions<'_>,
    checks: &mut Vec<Check>,
) {
    let seal = &signature.seal;
    let clause = clause(seal.version, "6.3");
    let maker = Certificate::from_der(&seal.maker_certificate).ok();
    let mut found = vec![maker_signature(seal, maker.as_ref())];
    if let Some(maker) = &maker {
        found.extend(maker_trust(seal, maker, options));
    }
    found.push(listed(signature));
    found.push(validity(
        seal,
        proved.or(signature.claimed_time()),
        proved,
        options,
    ));
    if seal.version == SesVersion::V5 {
        found.push(seal_stamp(seal, options));
    }
    checks.extend(found.into_iter().map(|check| check.clause(&clause)));
}

fn maker_signature(seal: &SesSeal, maker: Option<&Certificate>) -> Check {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let Some(maker) = maker else {
        return check(CheckResult::Failed, "maker_certificate_unreadable", None);
    };
    let Some(algorithm) = signature_algorithm(&seal.algorithm) else {
        return check(
            CheckResult::Indeterminate,
            "seal_algorithm_unsupported",
            Some(&seal.algorithm.to_string()),
        );
    };
    match maker
        .public_key()
        .verify(algorithm, seal.signed(), &seal.signature)
    {
        Ok(()) => check(CheckResult::Passed, "maker_signature_holds", None),
        Err(error) => check(
            CheckResult::Failed,
            "maker_signature_wrong",
            Some(&error.to_string()),
        ),
    }
}

/// The maker's certificate at createDate, and what became of it.
fn maker_trust(seal: &SesSeal, maker: &Certificate, options: &VerifyOptions<'_>) -> Vec<Check> {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let subject = maker.subject().rfc4514();
    // createDate is the maker's word alone: outside the validity it proves nothing, and real makers have copied
    // it from the user's certificate.
    if !maker.is_valid_at(seal.created_at) {
        return vec![check(
            CheckResult::Indeterminate,
            "maker_not_valid_at_creation",
            Some(&rfc3339(seal.created_at)),
        )];
    }
    if seal.created_at > options.at.plus(300) {
        return vec![check(CheckResult::Failed, "seal_from_the_future", None)];
    }
    match path::validate(maker, &[], options.trust, seal.created_at, Usage::Any) {
        Ok(found) => {
            let mut checks = vec![check(CheckResult::Passed, "maker_trusted", None)];
            checks.extend(maker_revocation(seal, &found, options));
            if !maker.is_valid_at(options.at) {
                checks.push(check(
                    CheckResult::NotApplicable,
                    "maker_expired_since",
                    Some(&rfc3339(maker.not_after())),
                ));
            }
            checks
        }
        Err(PathError::NoAnchor { .. } | PathError::Limit) => vec![check(
            CheckResult::Indeterminate,
            "maker_untrusted",
            Some(&subject),
        )],
        Err(error) => vec![check(
            CheckResult::Failed,
            "maker_path_broken",
            Some(&error.to_string()),
        )],
    }
}

/// Revoked after createDate is a notice; before it, the seal was not the maker's to make.
fn maker_revocation(
    seal: &SesSeal,
    found: &ValidatedPath,
    options: &VerifyOptions<'_>,
) -> Option<Check> {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let mut notice = None;
    for index in 0..found.certificates().len() - 1 {
        match options
            .trust
            .revocation_along(found, index, &[], options.at)
        {
            RevocationStatus::Good { .. } | RevocationStatus::NotAnnounced => {}
            RevocationStatus::Revoked { at, .. } if at <= seal.created_at => {
                return Some(check(
                    CheckResult::Failed,
                    "maker_revoked_before_creation",
                    Some(&rfc3339(at)),
                ));
            }
            RevocationStatus::Revoked { at, .. } => {
                notice = Some(check(
                    CheckResult::NotApplicable,
                    "maker_revoked_since",
                    Some(&rfc3339(at)),
                ));
            }
            RevocationStatus::Undetermined(_) => {
                return Some(check(
                    CheckResult::Indeterminate,
                    "maker_revocation_unknown",
                    Some(&found.certificates()[index].subject().rfc4514()),
                ));
            }
        }
    }
    notice
}

/// GB/T 38540-2020 7.3: the signer's certificate is one that the seal was made for.
fn listed(signature: &SesSignature) -> Check {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let certificate = &signature.certificate;
    let mut unknown = None;
    let listed = match &signature.seal.users {
        CertificateList::Certificates(list) => list.contains(certificate),
        CertificateList::Digests(list) => {
            list.iter()
                .any(|digest| match digest_algorithm(&digest.kind) {
                    Some(algorithm) => hash(algorithm, certificate) == digest.value,
                    None => {
                        unknown = Some(digest.kind.clone());
                        false
                    }
                })
        }
    };
    match (listed, unknown) {
        (true, _) => check(CheckResult::Passed, "signer_may_use_seal", None),
        (false, Some(kind)) => check(
            CheckResult::Indeterminate,
            "certificate_digest_unsupported",
            Some(&kind),
        ),
        (false, None) => check(CheckResult::Failed, "certificate_not_in_seal", None),
    }
}

/// Names and object identifiers of hash functions, as seals and documents write them.
fn digest_algorithm(kind: &str) -> Option<HashAlgorithm> {
    let plain: String = kind
        .chars()
        .filter(|c| *c != '-' && *c != '_')
        .flat_map(char::to_uppercase)
        .collect();
    match plain.as_str() {
        "SM3" | "1.2.156.10197.1.401" => Some(HashAlgorithm::Sm3),
        "SHA256" | "2.16.840.1.101.3.4.2.1" => Some(HashAlgorithm::Sha256),
        _ => None,
    }
}

/// A signer can claim any time. Once the seal has ended, only a proved one says that it was used before.
fn validity(
    seal: &SesSeal,
    used_at: Option<UnixTime>,
    proved: Option<UnixTime>,
    options: &VerifyOptions<'_>,
) -> Check {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let validity = seal.not_before..=seal.not_after;
    let span = format!("{} – {}", rfc3339(seal.not_before), rfc3339(seal.not_after));
    if validity.is_empty() {
        return check(CheckResult::Failed, "seal_validity_empty", Some(&span));
    }
    match used_at {
        // The signer's word against the maker's: only a proved time decides.
        Some(at) if !validity.contains(&at) => {
            let result = if proved.is_some() {
                CheckResult::Failed
            } else {
                CheckResult::Indeterminate
            };
            check(result, "seal_not_valid_when_used", Some(&span))
        }
        None => check(CheckResult::Indeterminate, "no_signing_time", None),
        Some(_) if proved.is_none() && options.at > seal.not_after => check(
            CheckResult::Indeterminate,
            "seal_expired_without_proved_time",
            Some(&span),
        ),
        Some(_) => check(CheckResult::Passed, "seal_valid_when_used", None),
    }
}

/// GM/T 0031-2025: the stamp over the maker's signature is at or after createDate.
fn seal_stamp(seal: &SesSeal, options: &VerifyOptions<'_>) -> Check {
    let check = |result, word, detail: Option<&str>| because(Layer::Seal, result, word, detail);
    let Some(token) = &seal.time_stamp else {
        return check(CheckResult::NotApplicable, "seal_without_time_stamp", None);
    };
    match time_stamp(token, &seal.signature, options) {
        Ok(time) if time < seal.created_at => check(
            CheckResult::Failed,
            "seal_stamped_before_creation",
            Some(&rfc3339(time)),
        ),
        Ok(time) => check(CheckResult::Passed, "seal_stamped", Some(&rfc3339(time))),
        Err((result, word, detail)) => check(result, word, Some(&detail)),
    }
}

fn time(signature: &SesSignature, certificate: &Certificate) -> Check {
    match signature.claimed_time() {
        Some(claimed) if !certificate.is_valid_at(claimed) => because(
            Layer::Time,
            CheckResult::Indeterminate,
            "claimed_time_outside_validity",
            None,
        ),
        Some(_) => because(
            Layer::Time,
            CheckResult::NotApplicable,
            "claimed_time_only",
            None,
        ),
        None => because(Layer::Time, CheckResult::NotApplicable, "no_time", None),
    }
}
