//! What responses are worth: RFC 6960 §3.2 and §4.2.2.2, for one subject, its issuer and a time.

use super::response::{BasicResponse, CertStatus, Single};
use crate::crl::{self, Crl, RevocationReason, RevocationStatus, WhyUndetermined};
use crate::{Certificate, Oid, UnixTime, oid};

/// How far a responder's clock may be ahead of ours, in seconds.
const CLOCK_SKEW: i64 = 300;
/// How long an answer without nextUpdate counts after thisUpdate, in seconds: it says that newer
/// information is there all the time.
const WITHOUT_NEXT_UPDATE: i64 = 3600;

/// What is asked of the responses at hand.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Whose status.
    pub subject: &'a Certificate,
    /// Its issuer, as path validation found it; never one that a response brought.
    pub issuer: &'a Certificate,
    /// The time for which the answer has to count.
    pub at: UnixTime,
    /// The nonce that was sent; a response with another one is no evidence. A response without one may be
    /// pre-signed (RFC 9654 §1) and counts by its times.
    pub nonce: Option<&'a [u8]>,
    /// Lists of the issuer, which can say that a delegate is revoked.
    pub crls: &'a [Crl],
}

/// The answer; four of them, and none stands for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcspAnswer {
    /// The issuer, or its delegate, says that it is not revoked.
    Good {
        /// thisUpdate.
        this_update: UnixTime,
        /// nextUpdate, or when the answer stops counting where it has none.
        next_update: UnixTime,
    },
    /// The issuer, or its delegate, says that it is revoked.
    Revoked {
        /// revocationTime.
        at: UnixTime,
        /// revocationReason.
        reason: RevocationReason,
    },
    /// The issuer, or its delegate, says that it doesn't know the certificate.
    Unknown,
    /// Nothing at hand counts.
    NoEvidence(WhyNoEvidence),
}

/// Why a response doesn't count. Of several, the one that came nearest to counting decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum WhyNoEvidence {
    /// There is none.
    #[error("there is no response")]
    Missing,
    /// It speaks of other certificates.
    #[error("the response is about other certificates")]
    OtherCertificate,
    /// Neither the issuer nor a certificate of the issuer's answers.
    #[error("the responder is neither the issuer nor its delegate")]
    OtherResponder,
    /// The delegate's certificate lacks id-kp-OCSPSigning, or its keyUsage forbids signing.
    #[error("the issuer did not delegate this to the responder")]
    NotDelegated,
    /// The delegate's certificate is not valid at the time.
    #[error("the responder's certificate is not valid at the time")]
    DelegateNotValid,
    /// The delegate's certificate is revoked.
    #[error("the responder's certificate is revoked")]
    DelegateRevoked,
    /// The delegate has no id-pkix-ocsp-nocheck, and no list says that it is not revoked.
    #[error("whether the responder's certificate is revoked is not known")]
    DelegateUnchecked,
    /// The signature does not stand: forged or damaged.
    #[error("the response's signature does not stand")]
    BadSignature,
    /// It has another nonce than the request.
    #[error("the response answers another request")]
    NonceMismatch,
    /// A critical extension that is not understood here.
    #[error("the response has a critical extension that is not understood")]
    CriticalExtension,
    /// thisUpdate or producedAt lies in the future.
    #[error("the response is not valid yet")]
    NotYetValid,
    /// nextUpdate is past.
    #[error("the response is out of date")]
    Expired,
}

/// What `responses` say. Where several count, the newest thisUpdate decides, and of two alike the worse.
#[must_use]
pub fn answer(question: &Question<'_>, responses: &[BasicResponse]) -> OcspAnswer {
    let mut best: Option<&Single> = None;
    let mut why = WhyNoEvidence::Missing;
    for response in responses {
        let counting =
            signed_by_whom_it_may(question, response).and_then(|()| current(question, response));
        match counting {
            Ok(single) => {
                let better = best.is_none_or(|known| {
                    (single.this_update, severity(single.status))
                        > (known.this_update, severity(known.status))
                });
                if better {
                    best = Some(single);
                }
            }
            Err(reason) => why = why.max(reason),
        }
    }
    let Some(single) = best else {
        return OcspAnswer::NoEvidence(why);
    };
    match single.status {
        CertStatus::Good => OcspAnswer::Good {
            this_update: single.this_update,
            next_update: until(single),
        },
        CertStatus::Revoked { at, reason } => OcspAnswer::Revoked { at, reason },
        CertStatus::Unknown => OcspAnswer::Unknown,
    }
}

/// What lists and responses say together, in the words of [`crate::crl`]. Revoked by either is revoked;
/// good by either is good, with the later thisUpdate; a responder that doesn't know the certificate is no
/// evidence (*out of scope*), and no good list outweighs it: the issuer knows what it issued.
#[must_use]
pub fn status(question: &Question<'_>, responses: &[BasicResponse]) -> RevocationStatus {
    let by_list = crl::status(
        question.subject,
        question.issuer,
        question.crls,
        question.at,
    );
    let by_answer = answer(question, responses);
    match (by_list, by_answer) {
        (RevocationStatus::Revoked { at, reason }, _) | (_, OcspAnswer::Revoked { at, reason }) => {
            RevocationStatus::Revoked { at, reason }
        }
        (_, OcspAnswer::Unknown) => RevocationStatus::Undetermined(WhyUndetermined::OutOfScope),
        (
            RevocationStatus::Good {
                this_update: listed,
                next_update,
            },
            OcspAnswer::Good {
                this_update,
                next_update: answered,
            },
        ) => {
            if listed > this_update {
                RevocationStatus::Good {
                    this_update: listed,
                    next_update,
                }
            } else {
                RevocationStatus::Good {
                    this_update,
                    next_update: answered,
                }
            }
        }
        (good @ RevocationStatus::Good { .. }, OcspAnswer::NoEvidence(_)) => good,
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
        (RevocationStatus::Undetermined(by_list), OcspAnswer::NoEvidence(by_answer)) => {
            RevocationStatus::Undetermined(by_list.max(in_words_of_lists(by_answer)))
        }
        (RevocationStatus::NotAnnounced, OcspAnswer::NoEvidence(_)) => {
            RevocationStatus::NotAnnounced
        }
    }
}

const fn in_words_of_lists(why: WhyNoEvidence) -> WhyUndetermined {
    match why {
        WhyNoEvidence::Missing => WhyUndetermined::Missing,
        WhyNoEvidence::OtherCertificate => WhyUndetermined::OutOfScope,
        WhyNoEvidence::OtherResponder
        | WhyNoEvidence::NotDelegated
        | WhyNoEvidence::DelegateNotValid
        | WhyNoEvidence::DelegateRevoked
        | WhyNoEvidence::DelegateUnchecked => WhyUndetermined::WrongIssuer,
        WhyNoEvidence::BadSignature | WhyNoEvidence::NonceMismatch => WhyUndetermined::BadSignature,
        WhyNoEvidence::CriticalExtension => WhyUndetermined::CriticalExtension,
        WhyNoEvidence::NotYetValid => WhyUndetermined::NotYetValid,
        WhyNoEvidence::Expired => WhyUndetermined::Expired,
    }
}

/// §4.2.2.2: the issuer itself, or a certificate that the issuer's key signed for this purpose.
fn signed_by_whom_it_may(
    question: &Question<'_>,
    response: &BasicResponse,
) -> Result<(), WhyNoEvidence> {
    let issuer = question.issuer;
    let mut why = WhyNoEvidence::OtherResponder;
    if response.responder().names(issuer) {
        match check_signature(response, issuer) {
            Ok(()) => return Ok(()),
            Err(reason) => why = reason,
        }
    }
    let named = response
        .certificates()
        .iter()
        .filter(|certificate| response.responder().names(certificate));
    for delegate in named {
        match delegated(question, delegate).and_then(|()| check_signature(response, delegate)) {
            Ok(()) => return Ok(()),
            Err(reason) => why = why.max(reason),
        }
    }
    Err(why)
}

fn check_signature(response: &BasicResponse, signer: &Certificate) -> Result<(), WhyNoEvidence> {
    signer
        .public_key()
        .verify(
            response.algorithm(),
            response.tbs_der(),
            response.signature(),
        )
        .map_err(|_| WhyNoEvidence::BadSignature)
}

fn delegated(question: &Question<'_>, delegate: &Certificate) -> Result<(), WhyNoEvidence> {
    let issuer = question.issuer;
    if delegate.issuer() != issuer.subject()
        || delegate.verify_signature(issuer.public_key()).is_err()
    {
        return Err(WhyNoEvidence::OtherResponder);
    }
    let purpose = delegate
        .extended_key_usage()
        .is_some_and(|usages| usages.contains(&oid::OCSP_SIGNING));
    let may_sign = delegate
        .key_usage()
        .is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
    if !purpose || !may_sign || has_unknown_critical_extension(delegate) {
        return Err(WhyNoEvidence::NotDelegated);
    }
    if !delegate.is_valid_at(question.at) {
        return Err(WhyNoEvidence::DelegateNotValid);
    }
    // §4.2.2.2.1: nocheck means for its whole life; a list at hand that knows better is heard all the same.
    let unchecked = delegate.extension_value(&oid::OCSP_NOCHECK).is_some();
    match crl::status(delegate, issuer, question.crls, question.at) {
        RevocationStatus::Revoked { .. } => Err(WhyNoEvidence::DelegateRevoked),
        RevocationStatus::Good { .. } => Ok(()),
        _ if unchecked => Ok(()),
        _ => Err(WhyNoEvidence::DelegateUnchecked),
    }
}

fn has_unknown_critical_extension(delegate: &Certificate) -> bool {
    const UNDERSTOOD: [Oid; 7] = [
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::EXTENDED_KEY_USAGE,
        oid::SUBJECT_ALT_NAME,
        oid::CERTIFICATE_POLICIES,
        oid::AUTHORITY_KEY_IDENTIFIER,
        oid::OCSP_NOCHECK,
    ];
    delegate
        .extensions()
        .iter()
        .any(|extension| extension.critical() && !UNDERSTOOD.contains(extension.oid()))
}

/// What the response says about the subject, where it is current.
fn current<'a>(
    question: &Question<'_>,
    response: &'a BasicResponse,
) -> Result<&'a Single, WhyNoEvidence> {
    if let (Some(sent), Some(came)) = (question.nonce, response.nonce())
        && sent != came
    {
        return Err(WhyNoEvidence::NonceMismatch);
    }
    if response.has_unknown_critical_extension() {
        return Err(WhyNoEvidence::CriticalExtension);
    }
    let mut best: Option<&Single> = None;
    let mut why = WhyNoEvidence::OtherCertificate;
    for single in response.singles() {
        if !single.id.means(question.subject, question.issuer) {
            continue;
        }
        match check_times(question.at, response, single) {
            Ok(()) => {
                let better = best.is_none_or(|known| {
                    (single.this_update, severity(single.status))
                        > (known.this_update, severity(known.status))
                });
                if better {
                    best = Some(single);
                }
            }
            Err(reason) => why = why.max(reason),
        }
    }
    best.ok_or(why)
}

fn check_times(
    at: UnixTime,
    response: &BasicResponse,
    single: &Single,
) -> Result<(), WhyNoEvidence> {
    if single.unknown_critical {
        return Err(WhyNoEvidence::CriticalExtension);
    }
    let latest = at.plus(CLOCK_SKEW);
    if single.this_update > latest || response.produced_at() > latest {
        return Err(WhyNoEvidence::NotYetValid);
    }
    if until(single) < at
        || single
            .next_update
            .is_some_and(|next| next < single.this_update)
    {
        return Err(WhyNoEvidence::Expired);
    }
    Ok(())
}

fn until(single: &Single) -> UnixTime {
    single
        .next_update
        .unwrap_or_else(|| single.this_update.plus(WITHOUT_NEXT_UPDATE))
}

const fn severity(status: CertStatus) -> u8 {
    match status {
        CertStatus::Good => 0,
        CertStatus::Unknown => 1,
        CertStatus::Revoked { .. } => 2,
    }
}
