//! Revocation lists (RFC 5280 §5) and what they say about a certificate (§6.3).
//!
//! Only the lists of the subject's own issuer count: a complete one, or several that cover all reasons
//! together. A list that is past nextUpdate, indirect, a delta, for other certificates, or with a critical
//! extension that is not understood here is no evidence, and the answer says which of these it was:
//! *undetermined* is neither *good* nor *revoked*.

mod reason;
mod scope;

pub use reason::RevocationReason;

use scope::Scope;

use std::sync::Arc;

use crate::asn1::{Element, tag};
use crate::certificate::read_serial;
use crate::distribution_point::Reasons;
use crate::extensions::{Extension, read_list};
use crate::{
    Certificate, Name, ParseError, SignatureAlgorithm, UnixTime, oid, pem_decode, pem_encode,
};

const WHAT: &str = "revocation list";
const LABEL: &str = "X509 CRL";
/// The largest list that is read, in bytes: some 400,000 entries.
const MAX_DER: usize = 16 * 1024 * 1024;

/// A certificate revocation list, version 2. Its signature has not been looked at: [`status`] does.
/// Cheap to clone.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: core::ops::Range<usize>,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    issuer: Name,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    number: Option<Vec<u8>>,
    /// Sorted by serial.
    revoked: Vec<RevokedCertificate>,
    scope: Scope,
    unknown_critical: bool,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// The serial number's magnitude, big-endian without leading zeros.
    pub serial: Vec<u8>,
    /// revocationDate.
    pub at: UnixTime,
    /// reasonCode; absent means unspecified.
    pub reason: RevocationReason,
}

/// What the lists at hand say about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationStatus {
    /// A current list of the issuer does not name it.
    Good {
        /// thisUpdate of that list; where several complete each other, the oldest one's.
        this_update: UnixTime,
        /// nextUpdate of that list; where several complete each other, the first one's.
        next_update: UnixTime,
    },
    /// A current list of the issuer names it.
    Revoked {
        /// revocationDate.
        at: UnixTime,
        /// reasonCode.
        reason: RevocationReason,
    },
    /// No evidence at hand, and the certificate announces neither CRL nor OCSP.
    NotAnnounced,
    /// No evidence at hand for a certificate that announces it.
    Undetermined(WhyUndetermined),
}

/// Why there is no evidence. Of several lists, the one that came nearest to counting decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyUndetermined {
    /// No list at all.
    Missing,
    /// What was found or fetched is no revocation list. [`status`] never says this: who fetches does.
    Malformed,
    /// The list is another issuer's, or the issuer's key may not sign lists (no cRLSign).
    WrongIssuer,
    /// The list names the issuer, but the issuer's key did not sign it: forged or damaged.
    BadSignature,
    /// An indirect list (it speaks for other issuers).
    Indirect,
    /// A critical extension that is not understood here; delta lists among them.
    CriticalExtension,
    /// The list covers other certificates or some reasons only.
    OutOfScope,
    /// thisUpdate lies in the future.
    NotYetValid,
    /// nextUpdate is past, or absent.
    Expired,
}

impl Crl {
    /// Reads one DER list of at most 16 MiB.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > MAX_DER {
            return Err(ParseError::TooLarge {
                what: WHAT,
                limit: MAX_DER,
            });
        }
        let mut outer = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let tbs = outer.required()?;
        let algorithm_identifier = outer.required()?;
        let signature = outer.required()?.bit_string_octets(WHAT)?.to_vec();
        outer.finish()?;
        let algorithm = SignatureAlgorithm::from_identifier(&algorithm_identifier)?;

        let mut fields = tbs.sequence(WHAT)?;
        if fields.required()?.small_integer(WHAT)? != 1 {
            return Err(ParseError::Version(WHAT));
        }
        if fields.required()?.raw() != algorithm_identifier.raw() {
            return Err(ParseError::Malformed("revocation list algorithm"));
        }
        let issuer = Name::from_element(&fields.required()?)?;
        let this_update = UnixTime::from_asn1(&fields.required()?)?;
        let mut next = fields.next()?;
        let mut next_update = None;
        if let Some(time) =
            next.filter(|e| matches!(e.tag(), tag::UTC_TIME | tag::GENERALIZED_TIME))
        {
            next_update = Some(UnixTime::from_asn1(&time)?);
            next = fields.next()?;
        }
        let mut unknown_critical = false;
        let mut revoked = Vec::new();
        if let Some(list) = next.filter(|e| e.tag() == tag::SEQUENCE) {
            let mut entries = list.sequence(WHAT)?;
            while let Some(entry) = entries.next()? {
                let (entry, unknown) = read_entry(&entry)?;
                unknown_critical |= unknown;
                revoked.push(entry);
            }
            next = fields.next()?;
        }
        let extensions = match next {
            Some(extensions) => read_list(&extensions.explicit(0, WHAT)?)?,
            None => Vec::new(),
        };
        fields.finish()?;
        revoked.sort_by(|a, b| a.serial.cmp(&b.serial));

        let mut number = None;
        let mut scope = Scope::default();
        for extension in &extensions {
            match *extension.oid() {
                oid::CRL_NUMBER => {
                    let value = Element::parse(extension.value(), WHAT)?;
                    number = Some(value.unsigned_integer(WHAT)?.to_vec());
                }
                oid::ISSUING_DISTRIBUTION_POINT => scope = Scope::read(extension.value())?,
                oid::AUTHORITY_KEY_IDENTIFIER => {}
                _ => unknown_critical |= extension.critical(),
            }
        }

        let start = tbs.raw().as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self(Arc::new(Inner {
            tbs: start..start + tbs.raw().len(),
            der: der.to_vec(),
            algorithm,
            signature,
            issuer,
            this_update,
            next_update,
            number,
            revoked,
            scope,
            unknown_critical,
        })))
    }

    /// Reads exactly one PEM list.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_pem(pem: &str) -> Result<Self, ParseError> {
        match pem_decode(LABEL, pem)?.as_slice() {
            [der] => Self::from_der(der),
            _ => Err(ParseError::Pem(LABEL)),
        }
    }

    /// The list as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The list as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem_encode(LABEL, &self.0.der)
    }

    /// Whose list it says it is.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// nextUpdate, where present.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.0.next_update
    }

    /// cRLNumber, big-endian, where present.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.0.number.as_deref()
    }

    /// The entries, sorted by serial.
    #[must_use]
    pub fn revoked(&self) -> &[RevokedCertificate] {
        &self.0.revoked
    }

    fn entry(&self, serial: &[u8]) -> Option<&RevokedCertificate> {
        let revoked = &self.0.revoked;
        let index = revoked.binary_search_by(|entry| entry.serial.as_slice().cmp(serial));
        index.ok().map(|index| &revoked[index])
    }

    /// Whether `issuer`'s key signed the list and may sign lists.
    pub(crate) fn authentic(&self, issuer: &Certificate) -> Result<(), WhyUndetermined> {
        let inner = &self.0;
        let may_sign = issuer.key_usage().is_none_or(|usage| usage.crl_sign());
        if inner.issuer != *issuer.subject() || !may_sign {
            return Err(WhyUndetermined::WrongIssuer);
        }
        let tbs = &inner.der[inner.tbs.clone()];
        issuer
            .public_key()
            .verify(inner.algorithm, tbs, &inner.signature)
            .map_err(|_| WhyUndetermined::BadSignature)
    }

    /// Whether this list, whose signature stands, is evidence about `subject` at `at`: the reasons that it
    /// covers and its nextUpdate, or the first thing that speaks against it.
    fn counts(
        &self,
        subject: &Certificate,
        at: UnixTime,
    ) -> Result<(Reasons, UnixTime), WhyUndetermined> {
        let inner = &self.0;
        if inner.scope.indirect {
            return Err(WhyUndetermined::Indirect);
        }
        if inner.unknown_critical {
            return Err(WhyUndetermined::CriticalExtension);
        }
        let reasons = inner.scope.covers(subject);
        if reasons == Reasons::NONE {
            return Err(WhyUndetermined::OutOfScope);
        }
        if inner.this_update > at {
            return Err(WhyUndetermined::NotYetValid);
        }
        inner
            .next_update
            .filter(|next| *next >= at)
            .map(|next| (reasons, next))
            .ok_or(WhyUndetermined::Expired)
    }
}

impl core::fmt::Debug for Crl {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.0.issuer)
            .field("this_update", &self.0.this_update)
            .field("next_update", &self.0.next_update)
            .field("revoked", &self.0.revoked.len())
            .finish_non_exhaustive()
    }
}

/// What `crls` say about `subject`, issued by `issuer`, at `at`. Where several lists count, the newest
/// decides; lists that are partitioned by reason complete each other. `issuer` is the certificate that path
/// validation found, never one that a list brought, and its key signed the lists; for those that another
/// key of the same authority signs see [`crate::path::TrustStore::revocation_along`].
#[must_use]
pub fn status(
    subject: &Certificate,
    issuer: &Certificate,
    crls: &[Crl],
    at: UnixTime,
) -> RevocationStatus {
    judge(subject, crls, at, |crl| crl.authentic(issuer))
}

/// [`status`] with a say of its own about whose signature a list bears.
pub(crate) fn judge<'a>(
    subject: &Certificate,
    crls: impl IntoIterator<Item = &'a Crl>,
    at: UnixTime,
    mut authentic: impl FnMut(&Crl) -> Result<(), WhyUndetermined>,
) -> RevocationStatus {
    let mut evidence: Vec<(&Crl, Reasons, UnixTime)> = Vec::new();
    let mut why = WhyUndetermined::Missing;
    for crl in crls {
        match authentic(crl).and_then(|()| crl.counts(subject, at)) {
            Ok((reasons, next_update)) => evidence.push((crl, reasons, next_update)),
            Err(reason) => why = why.max(reason),
        }
    }
    // Newest first; a stable sort keeps the order of equals.
    evidence.sort_by_key(|(crl, ..)| core::cmp::Reverse(crl.this_update()));
    let mut covered = Reasons::NONE;
    let mut good: Option<(UnixTime, UnixTime)> = None;
    for (crl, reasons, next_update) in evidence {
        // RFC 5280 §6.3.3 (d): a list that adds no reason is not asked.
        if !covered.lacks_some_of(reasons) {
            continue;
        }
        if let Some(entry) = crl.entry(subject.serial()) {
            return RevocationStatus::Revoked {
                at: entry.at,
                reason: entry.reason,
            };
        }
        covered = covered.or(reasons);
        let (since, until) = good.unwrap_or((crl.this_update(), next_update));
        good = Some((since.min(crl.this_update()), until.min(next_update)));
    }
    match good {
        Some((this_update, next_update)) if covered == Reasons::ALL => RevocationStatus::Good {
            this_update,
            next_update,
        },
        // Some reasons only.
        Some(_) => RevocationStatus::Undetermined(why.max(WhyUndetermined::OutOfScope)),
        None if subject.announces_revocation() => RevocationStatus::Undetermined(why),
        None => RevocationStatus::NotAnnounced,
    }
}

/// One entry, and whether it has a critical extension that is not understood.
fn read_entry(entry: &Element<'_>) -> Result<(RevokedCertificate, bool), ParseError> {
    let mut fields = entry.sequence(WHAT)?;
    let serial = read_serial(&fields.required()?)?;
    let at = UnixTime::from_asn1(&fields.required()?)?;
    let extensions: Vec<Extension> = match fields.next()? {
        Some(extensions) => read_list(&extensions)?,
        None => Vec::new(),
    };
    fields.finish()?;
    let mut reason = RevocationReason::Unspecified;
    let mut unknown_critical = false;
    for extension in &extensions {
        match *extension.oid() {
            oid::REASON_CODE => {
                let value = Element::parse(extension.value(), WHAT)?;
                reason = match (value.tag(), value.value()) {
                    (tag::ENUMERATED, [code]) => RevocationReason::from_code(*code),
                    _ => None,
                }
                .ok_or(ParseError::Malformed("reasonCode"))?;
            }
            oid::INVALIDITY_DATE => {}
            _ => unknown_critical |= extension.critical(),
        }
    }
    let entry = RevokedCertificate { serial, at, reason };
    Ok((entry, unknown_critical))
}
