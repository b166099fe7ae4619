//! The signature itself, its certificate, its time, and what the signer was shown.

use contract::{Check, CheckResult, Layer, ReportedSignature, Signer};
use pki::cms::{CmsError, SignedData, SignerInfo};
use pki::tsp::TimeStampToken;
use pki::{Certificate, HashAlgorithm, UnixTime, hash, oid};

use super::VerifyOptions;
use super::evidence::Evidence;
use super::packed::{Body, Packed};
use super::reasons::because;
use super::stamps;
use super::standing::Context;
use crate::pdf::SubFilter;
use crate::pdf::time::rfc3339;
use crate::ses::{self, SesSignature};

/// How far a signer's clock may be ahead of an authority's, in seconds.
const CLOCK_SKEW: i64 = 300;

/// Digests that belong to one signature.
#[derive(Debug, Clone, Default)]
pub(super) struct Digests {
    /// Over what `/ByteRange` covers.
    pub covered: Option<Vec<u8>>,
    /// Over the file before this revision, one for each place where that may have ended.
    pub before: Vec<Vec<u8>>,
}

/// What is judged, beside the signature's bytes.
pub(super) struct Question<'q> {
    pub digests: &'q Digests,
    /// Index of the revision that is signed.
    pub revision: usize,
    /// Pages on which the seal shows.
    pub pages: &'q [u32],
    pub context: &'q Context<'q>,
}

impl Packed {
    /// Adds the checks of everything that the signature's bytes decide.
    pub fn judge(
        &self,
        question: &Question<'_>,
        report: &mut ReportedSignature,
        checks: &mut Vec<Check>,
    ) {
        let options = question.context.options;
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
        match &self.body {
            Err(check) => checks.push(check.clone()),
            Ok(Body::Cms(cms)) => self.judge_cms(format, cms, question, report, checks),
            Ok(Body::Ses(seal)) => self.judge_ses(format, seal, question, report, checks),
            // Stamps are judged before all others, for what they prove.
            Ok(Body::Stamp(_)) => {}
        }
    }

    fn judge_cms(
        &self,
        format: SubFilter,
        cms: &SignedData,
        question: &Question<'_>,
        report: &mut ReportedSignature,
        checks: &mut Vec<Check>,
    ) {
        let failed = |reason| because(Layer::Structure, CheckResult::Failed, reason, None);
        let [signer] = cms.signers() else {
            checks.push(failed("not_one_signer"));
            return;
        };
        let gm = matches!(format, SubFilter::GmSm2CmsDetached | SubFilter::GmSm2);
        // Seen in the field under these names: the content is the digest, whatever the name says.
        if cms.content().is_some() && !gm {
            checks.push(failed("cms_not_detached"));
            return;
        }
        let options = question.context.options;
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
        let covered = question.digests.covered.as_deref();
        checks.push(integrity(format, cms, signer, certificate, covered));
        self.intent(question, report, checks);
        let claimed = signer.signing_time();
        let proved = time(signer, certificate, claimed, question, report, checks);
        let standing = question
            .context
            .standing(certificate, cms.certificates(), proved);
        checks.extend([standing.path, standing.revocation]);
    }

    fn judge_ses(
        &self,
        format: SubFilter,
        seal: &SesSignature,
        question: &Question<'_>,
        report: &mut ReportedSignature,
        checks: &mut Vec<Check>,
    ) {
        let options = question.context.options;
        // The seal's judge knows of no file: what the file brings is put into the store for it.
        let trust = question.context.trust();
        let with_file = VerifyOptions {
            trust: &trust,
            at: options.at,
            policy: options.policy.clone(),
            name: None,
        };
        let covered = question.digests.covered.clone();
        ses::judge(seal, |_| covered, &with_file, report, checks);
        report.format = format.name().into();
        let existed = question.context.existed(question.revision);
        report.proved_time = report.proved_time.take().or(existed.map(rfc3339));
        self.intent(question, report, checks);
    }

    /// What the signer was shown, against what was sealed.
    fn intent(
        &self,
        question: &Question<'_>,
        report: &mut ReportedSignature,
        checks: &mut Vec<Check>,
    ) {
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
        let before = &question.digests.before;
        let same_document = before.iter().any(|digest| hex(digest) == *named);
        let same_pages = question.pages.iter().all(|page| shown.pages.contains(page));
        checks.push(if !same_document {
            because(
                Layer::Seal,
                CheckResult::Failed,
                "shown_another_document",
                Some(&shown.document),
            )
        } else if !same_pages {
            because(Layer::Seal, CheckResult::Failed, "shown_another_page", None)
        } else {
            Check::passed(Layer::Seal)
        });
        report.shown = Some(shown);
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
    let verified = match cms.content() {
        None => signer.verify(digest, certificate),
        // GM/T 0112: the content is the digest. 32 bytes of SM3, so that nothing else passes for it.
        Some(content) => {
            let sm3 = signer.digest_algorithm() == HashAlgorithm::Sm3;
            if !sm3 || content.len() != 32 || content != digest {
                return failed("message_digest");
            }
            if signer.signed_attributes().is_empty() {
                signer.danger_verify_without_attributes(content, certificate)
            } else {
                signer.verify(&hash(HashAlgorithm::Sm3, content), certificate)
            }
        }
    };
    match verified {
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

/// When the signature is known to have existed, from its own stamp and from those over the document; else
/// nobody but the signer vouches for the time, which must at least lie in the certificate's life.
fn time(
    signer: &SignerInfo,
    certificate: &Certificate,
    claimed: Option<UnixTime>,
    question: &Question<'_>,
    report: &mut ReportedSignature,
    checks: &mut Vec<Check>,
) -> Option<UnixTime> {
    let check = |result, word, detail: Option<&str>| because(Layer::Time, result, word, detail);
    let context = question.context;
    let existed = context.existed(question.revision);
    let mut own = None;
    let stamps = signer
        .unsigned_attributes()
        .iter()
        .filter(|attribute| attribute.oid == oid::TIME_STAMP_TOKEN);
    for value in stamps.flat_map(|attribute| &attribute.values) {
        let token = match TimeStampToken::from_der(value) {
            Ok(token) => token,
            Err(error) => {
                let detail = error.to_string();
                checks.push(check(
                    CheckResult::Failed,
                    "time_stamp_malformed",
                    Some(&detail),
                ));
                continue;
            }
        };
        let digest = hash(token.info().imprint.algorithm, signer.signature());
        let judged = stamps::judge(&token, Some(&digest), context, existed);
        checks.extend(stamps::summary(&judged));
        own = [own, judged.time].into_iter().flatten().min();
    }
    let proved = [own, existed].into_iter().flatten().min();
    report.proved_time = proved.map(rfc3339);
    let Some(proved) = proved else {
        checks.push(match claimed {
            Some(claimed) if !certificate.is_valid_at(claimed) => check(
                CheckResult::Indeterminate,
                "claimed_time_outside_validity",
                None,
            ),
            None if report.claimed_time.is_none() => {
                check(CheckResult::NotApplicable, "no_time", None)
            }
            _ => check(CheckResult::NotApplicable, "claimed_time_only", None),
        });
        return None;
    };
    checks.push(if proved < certificate.not_before() {
        check(CheckResult::Indeterminate, "proved_before_validity", None)
    } else if claimed.is_some_and(|claimed| claimed > proved.plus(CLOCK_SKEW)) {
        check(CheckResult::Indeterminate, "claimed_after_proved", None)
    } else {
        check(CheckResult::Passed, "time_proved", Some(&rfc3339(proved)))
    });
    Some(proved)
}

/// Path and revocation of a certificate, for judges that know of no file and no proved time.
pub(crate) fn trust(
    certificate: &Certificate,
    extra: &[Certificate],
    options: &VerifyOptions<'_>,
    checks: &mut Vec<Check>,
) {
    let context = Context::new(options, Evidence::default());
    let standing = context.standing(certificate, extra, None);
    checks.extend([standing.path, standing.revocation]);
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
