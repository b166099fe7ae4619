//! Whether a certificate stands: its path, and its revocation, now or at the time that is proved
//! (EN 319 102-1 §5.5, §5.6).
//!
//! What happened to a certificate after the signature is known to have existed does not touch the
//! signature: it may have expired, it may have been revoked. Then evidence from that time, or from any
//! later day of the certificate's life, speaks for it.

use std::cell::RefCell;
use std::collections::HashMap;

use contract::{Check, CheckResult, Layer};
use pki::crl::{Crl, RevocationStatus, WhyUndetermined};
use pki::ocsp::{self, BasicResponse, OcspAnswer, Question, WhyNoEvidence};
use pki::path::{self, PathError, TrustStore, Usage, ValidatedPath};
use pki::{Certificate, UnixTime};

use super::VerifyOptions;
use super::evidence::Evidence;
use super::reasons::because;
use crate::pdf::time::rfc3339;

/// Moments at which the evidence is asked about one certificate.
const MAX_MOMENTS: usize = 16;

/// Path and revocation of one certificate.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub path: Check,
    pub revocation: Check,
}

/// What a trusted time stamp over the whole of a revision says: all of it existed then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    pub revision: usize,
    pub time: UnixTime,
}

/// What is asked of: a certificate's fingerprint, the proved time, and the certificates at hand.
type Asked = ([u8; 32], Option<UnixTime>, Vec<[u8; 32]>);

/// All that a judgement hangs on beside the certificate itself.
pub(super) struct Context<'o> {
    pub options: &'o VerifyOptions<'o>,
    evidence: Evidence,
    proofs: Vec<Proof>,
    known: RefCell<HashMap<Asked, Standing>>,
}

impl<'o> Context<'o> {
    pub fn new(options: &'o VerifyOptions<'o>, evidence: Evidence) -> Self {
        Self {
            options,
            evidence,
            proofs: Vec::new(),
            known: RefCell::default(),
        }
    }

    /// Takes note of a time stamp that holds.
    pub fn prove(&mut self, proof: Proof) {
        self.proofs.push(proof);
    }

    /// The earliest time at which this revision is known to have existed.
    pub fn existed(&self, revision: usize) -> Option<UnixTime> {
        let later = self
            .proofs
            .iter()
            .filter(|proof| proof.revision >= revision);
        later.map(|proof| proof.time).min()
    }

    /// The store with what the file brings: for judges that know of no file.
    pub fn trust(&self) -> TrustStore {
        let mut trust = self.options.trust.clone();
        trust
            .intermediates
            .extend(self.evidence.certificates.iter().cloned());
        trust
            .crls
            .extend(self.evidence.crls.iter().map(|(crl, _)| crl.clone()));
        trust
    }

    /// Certificates that may help with a path.
    pub fn helpers(&self, own: &[Certificate]) -> Vec<Certificate> {
        [own, &self.evidence.certificates].concat()
    }

    /// Judges a signer's certificate; `own` came with its signature.
    pub fn standing(
        &self,
        certificate: &Certificate,
        own: &[Certificate],
        proved: Option<UnixTime>,
    ) -> Standing {
        let fingerprints = own.iter().map(Certificate::sha256_fingerprint).collect();
        let question = (certificate.sha256_fingerprint(), proved, fingerprints);
        if let Some(known) = self.known.borrow().get(&question) {
            return known.clone();
        }
        let standing = self.judge(certificate, own, proved);
        self.known.borrow_mut().insert(question, standing.clone());
        standing
    }

    fn judge(
        &self,
        certificate: &Certificate,
        own: &[Certificate],
        proved: Option<UnixTime>,
    ) -> Standing {
        let helpers = self.helpers(own);
        let at = |time| {
            path::validate(
                certificate,
                &helpers,
                self.options.trust,
                time,
                Usage::DocumentSigning,
            )
        };
        let (path, check) = match (at(self.options.at), proved) {
            (Ok(path), _) => (path, Check::passed(Layer::Path).clause("RFC 5280 6.1")),
            (Err(now @ PathError::Expired { .. }), Some(then)) => match at(then) {
                Ok(path) => {
                    let word = "path_held_at_proved_time";
                    let detail = now.to_string();
                    (
                        path,
                        because(Layer::Path, CheckResult::Passed, word, Some(&detail)),
                    )
                }
                Err(error) => return no_path(&error),
            },
            (Err(error), _) => return no_path(&error),
        };
        Standing {
            path: check,
            revocation: self.revocation(&path, &helpers, proved),
        }
    }

    /// Every certificate of a path but the anchor, by its own issuer's evidence (rule 6 of the design).
    pub fn revocation(
        &self,
        found: &ValidatedPath,
        helpers: &[Certificate],
        proved: Option<UnixTime>,
    ) -> Check {
        let check = |result, reason, detail: Option<&str>| {
            because(Layer::Revocation, result, reason, detail)
        };
        let mut none_announced = false;
        let mut note: Option<(&str, String)> = None;
        for (index, pair) in found.certificates().windows(2).enumerate() {
            let subject = &pair[0];
            let (status, then) = self.status(found, index, helpers, proved);
            match status {
                RevocationStatus::Good { .. } if then => {
                    note.get_or_insert((
                        "not_revoked_at_proved_time",
                        proved.map(rfc3339).unwrap_or_default(),
                    ));
                }
                RevocationStatus::Good { .. } => {}
                RevocationStatus::NotAnnounced => none_announced = true,
                RevocationStatus::Revoked { at, .. } if proved.is_some_and(|then| then < at) => {
                    note = Some(("revoked_after_proved_time", rfc3339(at)));
                }
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
        let passed = match &note {
            Some((word, detail)) => check(CheckResult::Passed, word, Some(detail)),
            None => Check::passed(Layer::Revocation).clause("RFC 5280 6.3"),
        };
        match (found.issuer(), none_announced) {
            (None, _) => check(CheckResult::NotApplicable, "signer_is_anchor", None),
            (_, true) if self.options.policy.require_revocation_source => check(
                CheckResult::Indeterminate,
                "revocation_none_announced",
                None,
            ),
            (_, true) => check(
                CheckResult::NotApplicable,
                "revocation_none_announced",
                None,
            ),
            _ => passed,
        }
    }

    /// The status of one certificate of a path, and whether it is that of the proved time.
    fn status(
        &self,
        found: &ValidatedPath,
        index: usize,
        helpers: &[Certificate],
        proved: Option<UnixTime>,
    ) -> (RevocationStatus, bool) {
        let [subject, issuer] = &found.certificates()[index..index + 2] else {
            return (RevocationStatus::NotAnnounced, false);
        };
        let at = self.options.at;
        let evidence = self.usable(issuer);
        let now = evidence.status(found, index, helpers, at);
        // Lists drop certificates that have expired: of one that has, only a revocation is news.
        let alive = subject.is_valid_at(at) && issuer.is_valid_at(at);
        match (now, proved) {
            (RevocationStatus::Revoked { .. }, _) => return (now, false),
            (_, None) => return (now, false),
            (RevocationStatus::Undetermined(_), _) => {}
            _ if alive => return (now, false),
            _ => {}
        }
        let then = proved.unwrap_or(at);
        let (mut good, mut revoked, mut last) = (None, None::<RevocationStatus>, now);
        for moment in evidence.moments(subject, issuer, then, at) {
            let status = evidence.status(found, index, helpers, moment);
            match (status, &revoked) {
                (RevocationStatus::Good { .. }, _) => good = good.or(Some(status)),
                (RevocationStatus::Revoked { at: one, .. }, known) => {
                    let earlier = match known {
                        Some(RevocationStatus::Revoked { at: other, .. }) => one < *other,
                        _ => true,
                    };
                    if earlier {
                        revoked = Some(status);
                    }
                }
                (RevocationStatus::NotAnnounced, _) => last = status,
                (RevocationStatus::Undetermined(_), _) => {}
            }
        }
        (revoked.or(good).unwrap_or(last), true)
    }

    /// Evidence that an issuer's key still speaks for: once its certificate has expired, only what is known
    /// to be older.
    fn usable(&self, issuer: &Certificate) -> Usable {
        let known_in_time = |revision: usize| {
            let since = self.existed(revision).unwrap_or(self.options.at);
            since <= issuer.not_after()
        };
        let mut trust = TrustStore {
            anchors: Vec::new(),
            intermediates: self.options.trust.intermediates.clone(),
            ..TrustStore::default()
        };
        let mut answers: Vec<BasicResponse> = Vec::new();
        if self.options.at <= issuer.not_after() {
            trust.crls.extend(self.options.trust.crls.iter().cloned());
            answers.extend(self.options.trust.responses.iter().cloned());
        }
        let lists = self.evidence.crls.iter();
        trust.crls.extend(
            lists
                .filter(|(_, home)| known_in_time(*home))
                .map(|(crl, _)| crl.clone()),
        );
        let responses = self.evidence.responses.iter();
        answers.extend(
            responses
                .filter(|(_, home)| known_in_time(*home))
                .map(|(response, _)| response.clone()),
        );
        Usable {
            trust,
            responses: answers,
        }
    }
}

struct Usable {
    trust: TrustStore,
    responses: Vec<BasicResponse>,
}

impl Usable {
    /// What lists and responses say together at `at`; see [`ocsp::status`], which knows no other keys of an
    /// authority.
    fn status(
        &self,
        found: &ValidatedPath,
        index: usize,
        helpers: &[Certificate],
        at: UnixTime,
    ) -> RevocationStatus {
        let by_list = self.trust.revocation_along(found, index, helpers, at);
        let [subject, issuer] = &found.certificates()[index..index + 2] else {
            return by_list;
        };
        let question = Question {
            subject,
            issuer,
            at,
            nonce: None,
            crls: &self.trust.crls,
        };
        let by_answer = ocsp::answer(&question, &self.responses);
        match (by_list, by_answer) {
            (RevocationStatus::Revoked { .. }, _) => by_list,
            (_, OcspAnswer::Revoked { at, reason }) => RevocationStatus::Revoked { at, reason },
            (_, OcspAnswer::Unknown) => RevocationStatus::Undetermined(WhyUndetermined::OutOfScope),
            (RevocationStatus::Good { .. }, _) => by_list,
            (
                _,
                OcspAnswer::Good {
                    this_update,
                    next_update,
                },
            ) => RevocationStatus::Good {
                this_update,
                next_update,
            },
            (RevocationStatus::Undetermined(why), OcspAnswer::NoEvidence(other)) => {
                let other = match other {
                    WhyNoEvidence::Missing => WhyUndetermined::Missing,
                    WhyNoEvidence::NotYetValid => WhyUndetermined::NotYetValid,
                    WhyNoEvidence::Expired => WhyUndetermined::Expired,
                    WhyNoEvidence::BadSignature => WhyUndetermined::BadSignature,
                    _ => why,
                };
                RevocationStatus::Undetermined(why.max(other))
            }
            (RevocationStatus::NotAnnounced, OcspAnswer::NoEvidence(_)) => by_list,
        }
    }

    /// The proved time, and when evidence that is younger was made, within the certificate's life.
    fn moments(
        &self,
        subject: &Certificate,
        issuer: &Certificate,
        then: UnixTime,
        at: UnixTime,
    ) -> Vec<UnixTime> {
        let last = at.min(subject.not_after());
        let lists = self
            .trust
            .crls
            .iter()
            .filter(|crl| crl.issuer() == issuer.subject())
            .map(Crl::this_update);
        let about = |response: &&BasicResponse| {
            let mut singles = response.singles().iter();
            singles.any(|single: &ocsp::Single| single.id.means(subject, issuer))
        };
        let answers = self
            .responses
            .iter()
            .filter(about)
            .map(BasicResponse::produced_at);
        let mut moments: Vec<UnixTime> = lists
            .chain(answers)
            .filter(|moment| *moment > then && *moment <= last)
            .collect();
        moments.sort_unstable();
        moments.dedup();
        // The youngest know most.
        let many = moments.len().saturating_sub(MAX_MOMENTS - 1);
        moments.drain(..many);
        moments.insert(0, then);
        moments
    }
}

fn no_path(error: &PathError) -> Standing {
    Standing {
        path: path_check(error),
        revocation: because(
            Layer::Revocation,
            CheckResult::Indeterminate,
            "no_trusted_path",
            None,
        ),
    }
}

/// Why no path holds, as a check.
pub(super) fn path_check(error: &PathError) -> Check {
    let (result, reason) = match error {
        PathError::NoAnchor { .. } => (CheckResult::Indeterminate, "no_trusted_path"),
        PathError::Expired { .. } => (CheckResult::Indeterminate, "certificate_expired"),
        PathError::NotYetValid { .. } => (CheckResult::Indeterminate, "certificate_not_yet_valid"),
        PathError::CriticalExtension { .. } => {
            (CheckResult::Indeterminate, "certificate_extension_unknown")
        }
        PathError::Limit => (CheckResult::Indeterminate, "path_limit"),
        PathError::Usage => (CheckResult::Failed, "certificate_usage"),
        _ => (CheckResult::Failed, "path_broken"),
    };
    because(Layer::Path, result, reason, Some(&error.to_string()))
}
