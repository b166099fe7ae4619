//! The verification report: the same on the command line, in the API and on the page.
//!
//! It answers in layers, each with its result and reason, never with one boolean.
//! "Valid" stands only where every check passed or does not apply.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::intent::{DocumentDigest, SealName};
use crate::{Grade, Text};

/// The answer about a file or about one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check passed.
    Valid,
    /// At least one check failed.
    Invalid,
    /// Nothing failed, and something could not be determined.
    Indeterminate,
    /// The file carries no signature (a file's verdict only).
    Unsigned,
}

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The file and the signature parse strictly.
    Structure,
    /// Digest and signature fit.
    Integrity,
    /// The signature covers all of its revision.
    Coverage,
    /// What was appended later is allowed.
    Changes,
    /// The seal object itself.
    Seal,
    /// The signer's certificate leads to an anchor.
    Path,
    /// The signer's certificate was not revoked.
    Revocation,
    /// What is known of the time.
    Time,
}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Good.
    Passed,
    /// Not good.
    Failed,
    /// Could not be determined.
    Indeterminate,
    /// There is nothing of that kind to check.
    NotApplicable,
}

/// One check of one signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Check {
    /// What was checked.
    pub layer: Layer,
    /// The result.
    pub result: CheckResult,
    /// A stable word in snake_case that names the reason, such as `byte_range_gap`; absent where it simply passed.
    pub reason: Option<String>,
    /// The reason in a sentence for people.
    pub message: Option<Text>,
    /// The clause that asks for this check, such as `ISO 32000-2 12.8.1`.
    pub clause: Option<String>,
}

/// The provider that a certificate was recognised as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportedProvider {
    /// The catalogue's id.
    pub id: String,
    /// Its name.
    pub name: Text,
}

/// The certificate that a signature names, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Signer {
    /// Common name of the subject.
    pub name: String,
    /// Organisation of the subject.
    pub organisation: Option<String>,
    /// Subject as RFC 4514 text.
    pub subject: String,
    /// Issuer as RFC 4514 text.
    pub issuer: String,
    /// Serial number in hex.
    pub serial: String,
    /// RFC 3339 UTC.
    pub not_before: String,
    /// RFC 3339 UTC.
    pub not_after: String,
    /// SHA-256 of the DER, hex.
    pub fingerprint_sha256: String,
    /// The provider, where the catalogue recognises the certificate.
    pub provider: Option<ReportedProvider>,
    /// The key number by the provider's identity map.
    pub key_number: Option<String>,
}

/// What the signer was shown, from the signed seal intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Shown {
    /// The asking page's origin.
    pub origin: String,
    /// What the agent checked of the document.
    pub grade: Grade,
    /// The document's name.
    pub document: String,
    /// The document's digest before this seal.
    pub document_digest: DocumentDigest,
    /// The pages.
    pub pages: Vec<u32>,
    /// The seal.
    pub seal: SealName,
    /// The organisation whose seal it is.
    pub organisation: String,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
}

/// Where a signature shows on the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Place {
    /// Page number from 1.
    pub page: u32,
    /// Lower left and upper right corner in PDF points, user space.
    pub rect: [f64; 4],
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReportedSignature {
    /// The answer about this signature.
    pub verdict: Verdict,
    /// The packaging, such as `adbe.pkcs7.detached` or `ETSI.CAdES.detached`.
    pub format: String,
    /// The form field that holds it.
    pub field: Option<String>,
    /// Which revision it signs, from 1.
    pub revision: Option<u32>,
    /// Where it shows; absent for an invisible one.
    pub place: Option<Place>,
    /// The signer; absent where it could not be read.
    pub signer: Option<Signer>,
    /// When the signer says that it was made, RFC 3339 UTC. Nobody else vouches for it.
    pub claimed_time: Option<String>,
    /// A time that somebody else vouches for, RFC 3339 UTC.
    pub proved_time: Option<String>,
    /// What the signer was shown, where that was signed.
    pub shown: Option<Shown>,
    /// The checks, in the order of their layers.
    pub checks: Vec<Check>,
}

/// What is said of the file itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportedDocument {
    /// Its name, where one is known.
    pub name: Option<String>,
    /// Its length in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// SHA-256 of all its bytes, hex.
    pub sha256: Option<String>,
    /// Its pages.
    pub pages: Option<u32>,
    /// Its revisions.
    pub revisions: Option<u32>,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Report {
    /// The answer about the file.
    pub verdict: Verdict,
    /// The time for which certificates and evidence were judged, RFC 3339 UTC.
    pub verified_at: Option<String>,
    /// The file.
    pub document: Option<ReportedDocument>,
    /// Checks of the file as a whole (such as its structure); those of a signature stand with it.
    pub checks: Vec<Check>,
    /// Its signatures, in the order of their revisions.
    pub signatures: Vec<ReportedSignature>,
}

impl Check {
    /// A check that passed.
    pub fn passed(layer: Layer) -> Check {
        Check {
            layer,
            result: CheckResult::Passed,
            reason: None,
            message: None,
            clause: None,
        }
    }

    /// A check with a result, the stable word for its reason and the sentence in both languages.
    pub fn because(layer: Layer, result: CheckResult, reason: &str, zh: &str, en: &str) -> Check {
        Check {
            layer,
            result,
            reason: Some(reason.into()),
            message: Some(Text::new(zh, en)),
            clause: None,
        }
    }

    /// Adds the clause that asks for the check.
    #[must_use]
    pub fn clause(mut self, clause: &str) -> Check {
        self.clause = Some(clause.into());
        self
    }
}

impl Verdict {
    /// The verdict that a list of checks amounts to. An empty list is no proof of anything.
    pub fn of(checks: &[Check]) -> Verdict {
        let any = |result| checks.iter().any(|check| check.result == result);
        if any(CheckResult::Failed) {
            Verdict::Invalid
        } else if any(CheckResult::Indeterminate) || !any(CheckResult::Passed) {
            Verdict::Indeterminate
        } else {
            Verdict::Valid
        }
    }

    /// Exit code of a command: 0 valid, 1 invalid or unsigned, 3 indeterminate.
    pub const fn exit_code(self) -> u8 {
        match self {
            Verdict::Valid => 0,
            Verdict::Invalid | Verdict::Unsigned => 1,
            Verdict::Indeterminate => 3,
        }
    }
}

impl Report {
    /// The verdict that the file's checks and its signatures amount to: the worst of them.
    ///
    /// Without a signature it is *unsigned*, unless a check of the file failed.
    pub fn overall(checks: &[Check], signatures: &[ReportedSignature]) -> Verdict {
        let failed = checks
            .iter()
            .any(|check| check.result == CheckResult::Failed);
        let undetermined = checks
            .iter()
            .any(|check| check.result == CheckResult::Indeterminate);
        let any = |verdict| {
            signatures
                .iter()
                .any(|signature| signature.verdict == verdict)
        };
        if failed || any(Verdict::Invalid) || any(Verdict::Unsigned) {
            Verdict::Invalid
        } else if undetermined || any(Verdict::Indeterminate) {
            Verdict::Indeterminate
        } else if signatures.is_empty() {
            Verdict::Unsigned
        } else {
            Verdict::Valid
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(result: CheckResult) -> Check {
        Check {
            result,
            ..Check::passed(Layer::Integrity)
        }
    }

    fn signature(verdict: Verdict) -> ReportedSignature {
        ReportedSignature {
            verdict,
            format: "adbe.pkcs7.detached".into(),
            field: None,
            revision: None,
            place: None,
            signer: None,
            claimed_time: None,
            proved_time: None,
            shown: None,
            checks: vec![],
        }
    }

    #[test]
    fn valid_is_said_only_after_every_check_passed() {
        use CheckResult::*;
        assert_eq!(
            Verdict::of(&[check(Passed), check(NotApplicable)]),
            Verdict::Valid
        );
        assert_eq!(
            Verdict::of(&[check(Passed), check(Indeterminate)]),
            Verdict::Indeterminate
        );
        assert_eq!(
            Verdict::of(&[check(Indeterminate), check(Failed)]),
            Verdict::Invalid
        );
        assert_eq!(Verdict::of(&[check(NotApplicable)]), Verdict::Indeterminate);
        assert_eq!(Verdict::of(&[]), Verdict::Indeterminate);
    }

    #[test]
    fn a_file_is_as_good_as_its_worst_signature() {
        use Verdict::*;
        assert_eq!(Report::overall(&[], &[]), Unsigned);
        assert_eq!(Report::overall(&[], &[signature(Valid)]), Valid);
        assert_eq!(
            Report::overall(&[], &[signature(Valid), signature(Indeterminate)]),
            Indeterminate
        );
        assert_eq!(
            Report::overall(&[], &[signature(Invalid), signature(Valid)]),
            Invalid
        );
        assert_eq!(Report::overall(&[check(CheckResult::Failed)], &[]), Invalid);
    }
}
