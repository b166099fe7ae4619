//! Time stamps (RFC 3161): over a whole document (ISO 32000-2 §12.8.5) or over one signature's value
//! (EN 319 122-1 §5.3). One that holds proves that its bytes existed; one that does not proves nothing, and
//! one over other bytes contradicts the file that carries it.

use contract::{Check, CheckResult, Layer};
use pki::path::PathError;
use pki::tsp::{TimeStampError, TimeStampToken, VerifiedTime};
use pki::{Certificate, UnixTime};

use super::reasons::because;
use super::standing::{Context, path_check};
use crate::pdf::time::rfc3339;

/// A judged stamp.
pub(super) struct Judged {
    /// Integrity, path, revocation and time, as far as it came.
    pub checks: Vec<Check>,
    /// The time, where the stamp holds.
    pub time: Option<UnixTime>,
}

/// Judges a stamp over bytes with this digest. `existed` is when the stamp itself is known to have existed: a
/// later stamp says so.
pub(super) fn judge(
    token: &TimeStampToken,
    digest: Option<&[u8]>,
    context: &Context<'_>,
    existed: Option<UnixTime>,
) -> Judged {
    let failed = |checks: Vec<Check>| Judged { checks, time: None };
    let Some(digest) = digest else {
        return failed(vec![because(
            Layer::Integrity,
            CheckResult::Failed,
            "time_stamp_of_other_bytes",
            None,
        )]);
    };
    let mut trust = context.options.trust.clone();
    trust.intermediates = context.helpers(&trust.intermediates);
    let at = |time| token.verify_digest(digest, &trust, time);
    let verified = match (at(context.options.at), existed) {
        (Err(TimeStampError::Path(PathError::Expired { .. })), Some(then)) => at(then),
        (other, _) => other,
    };
    let integrity = Check::passed(Layer::Integrity).clause("RFC 3161 2.4.2");
    let VerifiedTime { gen_time, path, .. } = match verified {
        Ok(verified) => verified,
        Err(error) => {
            let check = refused(&error);
            let mut checks = vec![check];
            if checks[0].layer != Layer::Integrity {
                checks.push(integrity);
            }
            return failed(checks);
        }
    };
    let helpers = context.helpers(token.signed_data().certificates());
    let revocation = context.revocation(&path, &helpers, existed);
    let known = matches!(
        revocation.result,
        CheckResult::Passed | CheckResult::NotApplicable
    );
    let checks = vec![
        integrity,
        Check::passed(Layer::Path).clause("RFC 5280 6.1"),
        revocation,
        because(
            Layer::Time,
            if known {
                CheckResult::Passed
            } else {
                CheckResult::Indeterminate
            },
            if known {
                "time_stamped"
            } else {
                "time_stamp_not_determined"
            },
            Some(&rfc3339(gen_time)),
        ),
    ];
    Judged {
        checks,
        time: known.then_some(gen_time),
    }
}

/// What a stamp over a signature's value says of that signature, in one check.
pub(super) fn summary(judged: &Judged) -> Option<Check> {
    let worst = judged
        .checks
        .iter()
        .find(|check| check.result == CheckResult::Failed)
        .or_else(|| {
            let mut checks = judged.checks.iter();
            checks.find(|check| check.result == CheckResult::Indeterminate)
        })?;
    let detail = worst.message.as_ref().map(|message| message.en.clone());
    Some(match worst.result {
        CheckResult::Failed if worst.reason.as_deref() == Some("time_stamp_of_other_bytes") => {
            because(
                Layer::Time,
                CheckResult::Failed,
                "time_stamp_of_other_bytes",
                None,
            )
        }
        CheckResult::Failed => because(
            Layer::Time,
            CheckResult::Failed,
            "time_stamp_wrong",
            detail.as_deref(),
        ),
        _ => because(
            Layer::Time,
            CheckResult::Indeterminate,
            "time_stamp_untrusted",
            detail.as_deref(),
        ),
    })
}

fn refused(error: &TimeStampError) -> Check {
    let check = |layer, result, word| because(layer, result, word, Some(&error.to_string()));
    match error {
        TimeStampError::OtherBytes => check(
            Layer::Integrity,
            CheckResult::Failed,
            "time_stamp_of_other_bytes",
        ),
        TimeStampError::CertificateMissing => check(
            Layer::Integrity,
            CheckResult::Indeterminate,
            "signer_certificate_missing",
        ),
        TimeStampError::Path(error) => path_check(error),
        TimeStampError::NotAnAuthority => check(
            Layer::Path,
            CheckResult::Failed,
            "not_a_time_stamping_authority",
        ),
        TimeStampError::OutsideValidity => check(
            Layer::Time,
            CheckResult::Failed,
            "time_stamp_outside_validity",
        ),
        TimeStampError::InTheFuture => {
            check(Layer::Time, CheckResult::Failed, "time_stamp_in_the_future")
        }
        _ => check(Layer::Integrity, CheckResult::Failed, "time_stamp_wrong"),
    }
}

/// The authority's certificate, for the report.
pub(super) fn authority<'t>(
    token: &'t TimeStampToken,
    context: &'t Context<'_>,
) -> Option<&'t Certificate> {
    let signed = token.signed_data();
    let [signer] = signed.signers() else {
        return None;
    };
    let trust = context.options.trust;
    signed.certificate_of(signer).or_else(|| {
        let mut known = trust.anchors.iter().chain(&trust.intermediates);
        known.find(|certificate| signer.identifier().names(certificate))
    })
}
