//! Which case belongs to an error code: a page that shows the error shows the case beside it, with its remedy.
//!
//! Every code stands here, with its case or with [`OWN`]: the code's own message says all there is to say. A test
//! finds a code that is missing; until then it speaks for itself.

use contract::ErrorCode;
use contract::ErrorCode as E;

use crate::case::{Case, by_name};

/// The code says it all by itself.
pub const OWN: Option<&str> = None;

/// Codes that only a browser can find (`web/src/api/problem.ts`).
pub const PAGE_CODES: &[(&str, Option<&str>)] = &[
    ("offline", Some("platform_unreachable")),
    ("no_answer", Some("platform_unreachable")),
    ("unreadable", OWN),
];

/// Every code with its case.
pub const CODES: &[(ErrorCode, Option<&str>)] = &[
    (E::PinWrong, Some("pin_wrong")),
    (E::LastTry, Some("pin_wrong")),
    (E::PinLocked, Some("pin_locked")),
    (E::PinLength, Some("pin_weak")),
    (E::PinRule, Some("pin_weak")),
    (E::AdminPinLocked, Some("pin_locked")),
    (E::NoToken, Some("key_not_found")),
    (E::TokenRemoved, Some("key_pulled")),
    (E::TokenBusy, Some("device_busy")),
    (E::TokenTimeout, Some("driver_hangs")),
    (E::TokenFailed, Some("driver_unloadable")),
    (E::NoCertificate, Some("key_not_found")),
    (E::NoSigningCertificate, Some("certificate_missing")),
    (E::DriverMissing, Some("driver_missing")),
    (E::NoBlankToken, Some("key_not_found")),
    (E::NotBlank, OWN),
    (E::ProductionMismatch, OWN),
    (E::CertificateMismatch, OWN),
    (E::ReadBackFailed, OWN),
    (E::WriteUnsupported, OWN),
    (E::WriteRefused, Some("site_not_allowed")),
    (E::WriteExpired, OWN),
    (E::DeviceMismatch, OWN),
    (E::AuthorityInvalid, OWN),
    (E::PinNotLocked, OWN),
    (E::AgentAbsent, Some("agent_not_running")),
    (E::PopupBlocked, Some("popup_blocked")),
    (E::PinWindowFailed, Some("no_display")),
    (E::Cancelled, OWN),
    (E::OriginRefused, Some("site_not_allowed")),
    (E::ConsentRequired, OWN),
    (E::CapabilityRefused, Some("site_not_allowed")),
    (E::KeyFileRefused, OWN),
    (E::RequestMalformed, OWN),
    (E::FileMismatch, OWN),
    (E::RevisionRefused, OWN),
    (E::CertificateExpired, Some("certificate_expired")),
    (E::CertificateNotYetValid, OWN),
    (E::CertificateRevoked, Some("certificate_revoked")),
    (E::RevocationUndetermined, Some("status_undetermined")),
    (E::PathInvalid, Some("issuer_not_approved")),
    (E::KeyUsageRefused, OWN),
    (E::StatementInvalid, Some("clock_skew")),
    (E::TokenMalformed, Some("client_outdated")),
    (E::ProviderUnknown, Some("issuer_not_approved")),
    (E::ProviderMayNotBind, Some("provider_unsupported")),
    (E::ProviderMayNotLogIn, Some("provider_unsupported")),
    (E::ProviderMayNotSeal, Some("seals_apart")),
    (E::ProductRefused, Some("provider_unsupported")),
    (E::IdentityUnreadable, Some("renewal_without_record")),
    (E::NotBound, Some("not_bound")),
    (E::BoundElsewhere, Some("bound_elsewhere")),
    (E::AlreadyBound, OWN),
    (E::OrganisationMismatch, Some("company_renamed")),
    (E::NonceUsed, OWN),
    (E::ChallengeExpired, OWN),
    (E::ChallengeInvalid, OWN),
    (E::ProofExpired, OWN),
    (E::NotLoggedIn, OWN),
    (E::PasswordWrong, OWN),
    (E::PasswordWeak, OWN),
    (E::UsccInvalid, OWN),
    (E::AccountExists, OWN),
    (E::OrganisationExists, OWN),
    (E::TooLarge, OWN),
    (E::NotPdf, OWN),
    (E::PdfRefused, OWN),
    (E::PageOutOfRange, OWN),
    (E::DocumentState, OWN),
    (E::TicketState, OWN),
    (E::SealingExpired, OWN),
    (E::SealMismatch, OWN),
    (E::ApplicationState, OWN),
    (E::ApplicationVersion, OWN),
    (E::DutyConflict, OWN),
    (E::KeyNotActive, Some("unlock_before_receipt")),
    (E::KeyBusy, OWN),
    (E::RenewalClosed, Some("certificate_expired")),
    (E::CodeWrong, Some("code_not_received")),
    (E::AmountMismatch, OWN),
    (E::FontMissing, OWN),
    (E::OneCertificate, OWN),
    (E::CaLoginDisabled, OWN),
    (E::CaLoginRequired, OWN),
    (E::LoginWayClosed, OWN),
    (E::AccountLocked, OWN),
    (E::LastAdministrator, OWN),
    (E::ChangedElsewhere, OWN),
    (E::RequestState, OWN),
    (E::RequestOpen, OWN),
    (E::EvidenceMissing, OWN),
    (E::NameTaken, OWN),
    (E::DepartmentDepth, OWN),
    (E::DepartmentNotEmpty, OWN),
    (E::ForcedNeedsProof, OWN),
    (E::SamePerson, OWN),
    (E::ClassConflict, OWN),
    (E::SecondFactorRequired, OWN),
    (E::SecondFactorWrong, OWN),
    (E::UnbindNeedsKey, OWN),
    (E::HolderChanged, OWN),
    (E::RegionUnknown, OWN),
    (E::RegionClosed, Some("provider_unsupported")),
    (E::NotFound, OWN),
    (E::Forbidden, OWN),
    (E::Invalid, OWN),
    (E::RateLimited, OWN),
    (E::Busy, OWN),
    (E::Internal, OWN),
];

/// The case of a code; `None` where the code says it all.
#[must_use]
pub fn case_of(code: ErrorCode) -> Option<&'static Case> {
    let (_, name) = CODES.iter().find(|(other, _)| *other == code)?;
    by_name((*name)?)
}
