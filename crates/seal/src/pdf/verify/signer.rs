//! Inside the CMS: the signature itself, its certificate, revocation, and what the signer was shown.

use contract::intent::DigestName;
use contract::{Check, CheckResult, Layer, ReportedSignature, SealIntentAttribute, Signer};
use pki::cms::{CmsError, SignedData, SignerInfo};
use pki::crl::{RevocationStatus, WhyUndetermined};
use pki::path::{self, PathError, Usage, ValidatedPath};
use pki::{Certificate, HashAlgorithm, ParseError, oid};

use super::VerifyOptions;
use super::ber::{self, Unpacked};
use super::reasons::because;
use crate::pdf::SubFilter;
use crate::pdf::signature::{FoundSignature, Parts};
use crate::pdf::time::rfc3339;

/// A signature's CMS, read as far as it can be.
pub(super) struct Packed {
    format: Option<SubFilter>,
    cms: Result<SignedData, Check>,
    intent: Option<Result<SealIntentAttribute, ()>>,
}

/// Digests that belong to one signature.
#[derive(Debug, Clone, Default)]
pub(super) struct Digests {
    /// Over what `/ByteRange` covers.
    pub covered: Option<Vec<u8>>,
    /// Over the file before this revision, one for each place where that may have ended.
    pub before: Vec<Vec<u8>>,
}

impl Packed {
    pub(super) fn read(signature: &FoundSignature, parts: &Parts) -> Self {
        let format = signature
            .sub_filter()
            .as_deref()
            .and_then(SubFilter::from_name);
        let cms = read_cms(format, &parts.contents);
        let attribute = cms
            .as_ref()
            .ok()
            .and_then(|cms| cms.signers().first())
            .and_then(|signer| {
                let stands = signer
                    .signed_attributes()
                    .iter()
                    .any(|attribute| attribute.oid == oid::YINXIN_SEAL_INTENT);
                stands.then(|| {
                    signer
                        .attribute(&oid::YINXIN_SEAL_INTENT)
                        .and_then(|der| SealIntentAttribute::from_der(der).ok())
                        .ok_or(())
                })
            });
        Self {
            format,
            cms,
            intent: attribute,
        }
    }

    fn signer(&self) -> Option<&SignerInfo> {
        self.cms.as_ref().ok().and_then(|cms| cms.signers().first())
    }

    /// The hash that the signature is over; `None` where nothing will be verified.
    pub(super) fn digest_algorithm(&self) -> Option<HashAlgorithm> {
        self.format
            .and(self.signer())
            .map(SignerInfo::digest_algorithm)
    }

    /// The hash by which the intent names the document.
    pub(super) fn shown_algorithm(&self) -> Option<HashAlgorithm> {
        let shown = self.intent.as_ref()?.as_ref().ok()?.shown().ok()?;
        Some(match shown.document_digest.algorithm {
            DigestName::Sm3 => HashAlgorithm::Sm3,
            DigestName::Sha256 => HashAlgorithm::Sha256,
        })
    }

    /// Adds the checks of everything that the CMS decides.
    pub(super) fn judge(
        &self,
        digests: &Digests,
        options: &VerifyOptions<'_>,
        report: &mut ReportedSignature,
        checks: &mut Vec<Check>,
    ) {
        let Some(format) = self.format else {
            checks.push(because(
                Layer::Integrity,
                CheckResult::Indeterminate,
                "format_unsupported",
                Some(&report.format),
            ));
            return;
        };
        if !options.policy.sub_filters.contains(&format) {
            checks.push(because(
                Layer::Structure,
                CheckResult::Indeterminate,
                "format_not_accepted",
                Some(format.name()),
            ));
        }
        let cms = match &self.cms {
            Ok(cms) => cms,
            Err(check) => {
                checks.push(check.clone());
                return;
            }
        };
        let [signer] = cms.signers() else {
            checks.push(because(
                Layer::Structure,
                CheckResult::Failed,
                "not_one_signer",
                None,
            ));
            return;
        };
        if cms.content().is_some() {
            checks.push(because(
                Layer::Structure,
                CheckResult::Failed,
                "cms_not_detached",
                None,
            ));
            return;
        }
        let known = || {
            options
                .trust
                .anchors
                .iter()
                .chain(&options.trust.intermediates)
                .find(|certificate| signer.identifier().names(certificate))
        };
        let Some(certificate) = cms.certificate_of(signer).or_else(known) else {
            checks.push(because(
                Layer::Integrity,
                CheckResult::Indeterminate,
                "signer_certificate_missing",
                None,
            ));
            return;
        };
        report.signer = Some(describe(certificate));
        if let Some(time) = signer.signing_time() {
            report.claimed_time = Some(rfc3339(time));
        }
        checks.push(integrity(
            format,
            cms,
            signer,
            certificate,
            digests.covered.as_deref(),
        ));
        self.seal(digests, report, checks);
        trust(certificate, cms.certificates(), options, checks);
        checks.push(time(signer, certificate, report));
    }

    /// What the signer was shown, against what was sealed.
    fn seal(&self, digests: &Digests, report: &mut ReportedSignature, checks: &mut Vec<Check>) {
        let shown = match &self.intent {
            None => {
                checks.push(because(
                    Layer::Seal,
                    CheckResult::NotApplicable,
                    "no_seal_intent",
                    None,
                ));
                return;
            }
            Some(intent) => intent.as_ref().ok().and_then(|intent| intent.shown().ok()),
        };
        let Some(shown) = shown else {
            checks.push(because(
                Layer::Seal,
                CheckResult::Failed,
                "seal_intent_malformed",
                None,
            ));
            return;
        };
        let named = &shown.document_digest.value_hex;
        let same_document = digests.before.iter().any(|digest| hex(digest) == *named);
        let same_page = report
            .place
            .is_none_or(|place| shown.pages.contains(&place.page));
        checks.push(if !same_document {
            because(
                Layer::Seal,
                CheckResult::Failed,
                "shown_another_document",
                Some(&shown.document),
            )
        } else if !same_page {
            because(Layer::Seal, CheckResult::Failed, "shown_another_page", None)
        } else {
            Check::passed(Layer::Seal)
        });
        report.shown = Some(shown);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_cms(format: Option<SubFilter>, contents: &[u8]) -> Result<SignedData, Check> {
    let failed = |reason| because(Layer::Structure, CheckResult::Failed, reason, None);
    // PAdES asks for DER (EN 319 142-1 §6.3); the older format is often written in BER.
    let der =
        ber::unpack(contents, format == Some(SubFilter::EtsiCadesDetached)).map_err(|why| {
            failed(match why {
                Unpacked::Empty => "contents_empty",
                Unpacked::Malformed => "cms_malformed",
                Unpacked::TrailingBytes => "contents_trailing_bytes",
                Unpacked::NotDer => "cms_not_der",
            })
        })?;
    if format.is_none() {
        return Err(failed("format_unsupported"));
    }
    SignedData::from_der(&der).map_err(|error| match error {
        ParseError::UnsupportedAlgorithm { .. } => because(
            Layer::Integrity,
            CheckResult::Indeterminate,
            "algorithm_unsupported",
            Some(&error.to_string()),
        ),
        error => because(
            Layer::Structure,
            CheckResult::Failed,
            "cms_malformed",
            Some(&error.to_string()),
        ),
    })
}

fn integrity(
    format: SubFilter,
    cms: &SignedData,
    signer: &SignerInfo,
    certificate: &Certificate,
    digest: Option<&[u8]>,
) -> Check {
    let failed = |reason| because(Layer::Integrity, CheckResult::Failed, reason, None);
    if format == SubFilter::EtsiCadesDetached && signer.signing_certificate_v2().is_none() {
        return failed("signing_certificate_missing");
    }
    // Either family's name of plain data; some SM2 signers mix the two.
    if ![oid::DATA, oid::GM_DATA].contains(&cms.content_type()) {
        return failed("content_type");
    }
    if !cms
        .digest_algorithms()
        .contains(&signer.digest_algorithm().oid())
    {
        return failed("algorithms_disagree");
    }
    let Some(digest) = digest else {
        return failed("message_digest");
    };
    match signer.verify(digest, certificate) {
        Ok(()) => Check::passed(Layer::Integrity).clause("RFC 5652 5.6"),
        Err(CmsError::MessageDigest) => failed("message_digest"),
        Err(CmsError::NoSignedAttributes) => failed("no_signed_attributes"),
        Err(CmsError::ContentType) => failed("content_type"),
        Err(CmsError::SigningCertificate | CmsError::OtherCertificate) => {
            failed("signing_certificate_other")
        }
        Err(CmsError::AlgorithmsDisagree) => failed("algorithms_disagree"),
        Err(error) => because(
            Layer::Integrity,
            CheckResult::Failed,
            "signature_wrong",
            Some(&error.to_string()),
        ),
    }
}

pub(crate) fn trust(
    certificate: &Certificate,
    extra: &[Certificate],
    options: &VerifyOptions<'_>,
    checks: &mut Vec<Check>,
) {
    match path::validate(
        certificate,
        extra,
        options.trust,
        options.at,
        Usage::DocumentSigning,
    ) {
        Ok(found) => {
            checks.push(Check::passed(Layer::Path).clause("RFC 5280 6.1"));
            checks.push(revocation(&found, extra, options));
        }
        Err(error) => {
            let (result, reason) = match &error {
                PathError::NoAnchor { .. } => (CheckResult::Indeterminate, "no_trusted_path"),
                PathError::Expired { .. } => (CheckResult::Indeterminate, "certificate_expired"),
                PathError::NotYetValid { .. } => {
                    (CheckResult::Indeterminate, "certificate_not_yet_valid")
                }
                PathError::CriticalExtension { .. } => {
                    (CheckResult::Indeterminate, "certificate_extension_unknown")
                }
                PathError::Limit => (CheckResult::Indeterminate, "path_limit"),
                PathError::Usage => (CheckResult::Failed, "certificate_usage"),
                _ => (CheckResult::Failed, "path_broken"),
            };
            checks.push(because(
                Layer::Path,
                result,
                reason,
                Some(&error.to_string()),
            ));
            checks.push(because(
                Layer::Revocation,
                CheckResult::Indeterminate,
                "no_trusted_path",
                None,
            ));
        }
    }
}

/// Every certificate of the path but the anchor, by its own issuer's list (rule 6 of the design).
fn revocation(found: &ValidatedPath, extra: &[Certificate], options: &VerifyOptions<'_>) -> Check {
    let check =
        |result, reason, detail: Option<&str>| because(Layer::Revocation, result, reason, detail);
    let mut none_announced = false;
    for (index, pair) in found.certificates().windows(2).enumerate() {
        let subject = &pair[0];
        match options
            .trust
            .revocation_along(found, index, extra, options.at)
        {
            RevocationStatus::Good { .. } => {}
            RevocationStatus::NotAnnounced => none_announced = true,
            // Nothing trusted says that the signature is older than the revocation.
            RevocationStatus::Revoked { at, .. } => {
                return check(
                    CheckResult::Indeterminate,
                    "revoked_without_trusted_time",
                    Some(&rfc3339(at)),
                );
            }
            RevocationStatus::Undetermined(why) => {
                let reason = match why {
                    WhyUndetermined::Missing => "revocation_list_missing",
                    WhyUndetermined::Expired => "revocation_list_expired",
                    WhyUndetermined::NotYetValid => "revocation_list_not_yet_valid",
                    WhyUndetermined::BadSignature => "revocation_list_signature",
                    WhyUndetermined::WrongIssuer => "revocation_list_of_another",
                    _ => "revocation_list_unusable",
                };
                return check(
                    CheckResult::Indeterminate,
                    reason,
                    Some(&subject.subject().rfc4514()),
                );
            }
        }
    }
    match (found.issuer(), none_announced) {
        (None, _) => check(CheckResult::NotApplicable, "signer_is_anchor", None),
        (_, true) if options.policy.require_revocation_source => check(
            CheckResult::Indeterminate,
            "revocation_none_announced",
            None,
        ),
        (_, true) => check(
            CheckResult::NotApplicable,
            "revocation_none_announced",
            None,
        ),
        _ => Check::passed(Layer::Revocation).clause("RFC 5280 6.3"),
    }
}

/// Nobody but the signer vouches for the time; it must at least lie in the certificate's life.
fn time(signer: &SignerInfo, certificate: &Certificate, report: &ReportedSignature) -> Check {
    match signer.signing_time() {
        Some(claimed) if !certificate.is_valid_at(claimed) => because(
            Layer::Time,
            CheckResult::Indeterminate,
            "claimed_time_outside_validity",
            None,
        ),
        None if report.claimed_time.is_none() => {
            because(Layer::Time, CheckResult::NotApplicable, "no_time", None)
        }
        _ => because(
            Layer::Time,
            CheckResult::NotApplicable,
            "claimed_time_only",
            None,
        ),
    }
}

pub(crate) fn describe(certificate: &Certificate) -> Signer {
    let subject = certificate.subject();
    Signer {
        name: subject
            .attribute(&oid::COMMON_NAME)
            .map_or_else(|| subject.rfc4514(), str::to_owned),
        organisation: subject.attribute(&oid::ORGANIZATION).map(str::to_owned),
        subject: subject.rfc4514(),
        issuer: certificate.issuer().rfc4514(),
        serial: certificate.serial_hex(),
        not_before: rfc3339(certificate.not_before()),
        not_after: rfc3339(certificate.not_after()),
        fingerprint_sha256: hex(&certificate.sha256_fingerprint()),
        provider: None,
        key_number: None,
    }
}
