//! SignedValue.dat: a seal signature (SES), a CMS SignedData (GB/T 35275, as GM/T 0099-2020 7.2.2 asks of
//! signatures without seal), or, as older makers write it, the bare signature value.

use contract::{Check, CheckResult, Layer, ReportedSignature, SealIntentAttribute};
use pki::asn1::Element;
use pki::cms::{CmsError, SignedData};
use pki::{Certificate, KeyFamily, ParseError, SignatureAlgorithm, hash, oid};

use crate::ofd::package::Package;
use crate::ofd::reasons::because;
use crate::ofd::signatures::{Description, Kind, Listed};
use crate::pdf::{VerifyOptions, describe, trust};
use crate::ses::{self, MAX_SIGNATURE, SesSignature, signature_algorithm};

/// Certificates at hand that a bare signature is tried with.
const MAX_CANDIDATES: usize = 64;

/// What the signer was shown, where that was signed.
pub(super) type Intent = Option<Result<SealIntentAttribute, ()>>;

/// How the value is packed.
enum Value {
    Seal(Box<SesSignature>),
    Cms(Box<SignedData>),
    Bare(Vec<u8>),
}

/// Tells the three apart by their form: a SEQUENCE that begins with a SEQUENCE, with an object identifier, or
/// with an INTEGER.
fn read(bytes: &[u8]) -> Result<Value, ParseError> {
    let mut fields = Element::parse(bytes, "SignedValue")?.sequence("SignedValue")?;
    match fields.required()?.tag() {
        pki::asn1::tag::SEQUENCE => {
            SesSignature::from_der(bytes).map(|ses| Value::Seal(Box::new(ses)))
        }
        pki::asn1::tag::OID => SignedData::from_der(bytes).map(|cms| Value::Cms(Box::new(cms))),
        _ => Ok(Value::Bare(bytes.to_vec())),
    }
}

/// The certificates of the signers that the value carries.
pub(super) fn certificates(package: &Package<'_>, description: &Description) -> Vec<Certificate> {
    let Ok(bytes) = package.read(&description.signed_value, MAX_SIGNATURE as u64) else {
        return Vec::new();
    };
    match read(&bytes) {
        Ok(Value::Seal(ses)) => Certificate::from_der(&ses.certificate)
            .into_iter()
            .collect(),
        Ok(Value::Cms(cms)) => cms
            .signers()
            .iter()
            .filter_map(|signer| cms.certificate_of(signer).cloned())
            .collect(),
        _ => Vec::new(),
    }
}

/// Adds the checks of everything that the value decides.
pub(super) fn judge(
    package: &Package<'_>,
    listed: &Listed,
    description: &Description,
    options: &VerifyOptions<'_>,
    report: &mut ReportedSignature,
    checks: &mut Vec<Check>,
) -> Intent {
    let value = package
        .read(&description.signed_value, MAX_SIGNATURE as u64)
        .map_err(|error| error.to_string())
        .and_then(|bytes| read(&bytes).map_err(|error| error.to_string()));
    match value {
        Err(error) => {
            checks.push(because(
                Layer::Structure,
                CheckResult::Failed,
                "signed_value_malformed",
                Some(&error),
            ));
            None
        }
        Ok(Value::Seal(ses)) => {
            checks.extend(method(description, signature_algorithm(&ses.algorithm)));
            checks.extend(seal_file(package, description, &ses));
            let judged = ses::judge(
                &ses,
                |algorithm| Some(hash(algorithm, &description.bytes)),
                options,
                report,
                checks,
            );
            judged.intent
        }
        Ok(Value::Cms(cms)) => {
            without_seal(listed, description, checks);
            signed_data(&cms, description, options, report, checks);
            None
        }
        Ok(Value::Bare(signature)) => {
            without_seal(listed, description, checks);
            bare(&signature, description, options, report, checks);
            None
        }
    }
}

/// A picture that shows like a seal, with nothing behind it that binds seal and signer.
fn without_seal(listed: &Listed, description: &Description, checks: &mut Vec<Check>) {
    let shows = listed.kind == Kind::Seal || !description.stamps.is_empty();
    if shows || description.seal.is_some() {
        checks.push(because(
            Layer::Seal,
            CheckResult::Failed,
            "stamp_without_seal",
            None,
        ));
    }
}

/// SignatureMethod says what the value was made with.
fn method(description: &Description, used: Option<SignatureAlgorithm>) -> Option<Check> {
    let (method, used) = (description.method.as_deref()?, used?);
    let agrees = method == used.oid().to_string()
        || (used == SignatureAlgorithm::Sm2WithSm3
            && [oid::SM2_SIGN.to_string(), "SM2".into(), "SM3WITHSM2".into()]
                .contains(&method.to_uppercase()));
    (!agrees).then(|| {
        because(
            Layer::Structure,
            CheckResult::Failed,
            "signature_method_disagrees",
            Some(method),
        )
    })
}

/// Seal.esl may be missing; where it is there, it is the seal that was used.
fn seal_file(
    package: &Package<'_>,
    description: &Description,
    ses: &SesSignature,
) -> Option<Check> {
    let path = description.seal.as_deref()?;
    let same = package
        .read(path, ses::MAX_SEAL as u64)
        .is_ok_and(|bytes| bytes == ses.seal.der());
    (!same).then(|| {
        because(
            Layer::Seal,
            CheckResult::Failed,
            "seal_file_differs",
            Some(path),
        )
        .clause("GB/T 33190-2016 18.2")
    })
}

fn signed_data(
    cms: &SignedData,
    description: &Description,
    options: &VerifyOptions<'_>,
    report: &mut ReportedSignature,
    checks: &mut Vec<Check>,
) {
    let check = |layer, result, word, detail: Option<&str>| {
        because(layer, result, word, detail).clause("GM/T 0099-2020 7.2.2")
    };
    report.format = "CMS".into();
    let [signer] = cms.signers() else {
        checks.push(check(
            Layer::Structure,
            CheckResult::Failed,
            "not_one_signer",
            None,
        ));
        return;
    };
    if cms
        .content()
        .is_some_and(|content| content != description.bytes)
    {
        checks.push(check(
            Layer::Integrity,
            CheckResult::Failed,
            "data_hash",
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
        checks.push(check(
            Layer::Integrity,
            CheckResult::Indeterminate,
            "signer_certificate_missing",
            None,
        ));
        return;
    };
    report.signer = Some(describe(certificate));
    report.claimed_time = signer.signing_time().map(crate::pdf::rfc3339);
    checks.extend(method(description, Some(signer.signature_algorithm())));
    let digest = hash(signer.digest_algorithm(), &description.bytes);
    checks.push(match signer.verify(&digest, certificate) {
        Ok(()) => Check::passed(Layer::Integrity).clause("RFC 5652 5.6"),
        Err(CmsError::MessageDigest) => {
            check(Layer::Integrity, CheckResult::Failed, "data_hash", None)
        }
        Err(CmsError::NoSignedAttributes) => check(
            Layer::Integrity,
            CheckResult::Failed,
            "no_signed_attributes",
            None,
        ),
        Err(error) => check(
            Layer::Integrity,
            CheckResult::Failed,
            "signature_wrong",
            Some(&error.to_string()),
        ),
    });
    trust(certificate, cms.certificates(), options, checks);
    checks.push(because(
        Layer::Time,
        CheckResult::NotApplicable,
        "claimed_time_only",
        None,
    ));
}

/// A bare signature names no signer: only a certificate at hand can answer for it.
fn bare(
    signature: &[u8],
    description: &Description,
    options: &VerifyOptions<'_>,
    report: &mut ReportedSignature,
    checks: &mut Vec<Check>,
) {
    report.format = "SM2".into();
    checks.extend(method(description, Some(SignatureAlgorithm::Sm2WithSm3)));
    let candidates = options
        .trust
        .anchors
        .iter()
        .chain(&options.trust.intermediates)
        .filter(|certificate| certificate.public_key().family() == KeyFamily::Sm2)
        .take(MAX_CANDIDATES);
    let signer = candidates.into_iter().find(|certificate| {
        certificate
            .public_key()
            .verify(
                SignatureAlgorithm::Sm2WithSm3,
                &description.bytes,
                signature,
            )
            .is_ok()
    });
    let Some(signer) = signer else {
        checks.push(because(
            Layer::Integrity,
            CheckResult::Indeterminate,
            "bare_signature_without_certificate",
            None,
        ));
        return;
    };
    report.signer = Some(describe(signer));
    checks.push(Check::passed(Layer::Integrity).clause("GB/T 35276"));
    trust(signer, &[], options, checks);
    checks.push(because(
        Layer::Time,
        CheckResult::NotApplicable,
        "no_proved_time",
        description.date_time.as_deref(),
    ));
}
