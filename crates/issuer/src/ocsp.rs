//! Answering for certificates one by one (RFC 6960), as a machine without I/O.
//!
//! ```text
//! read ──which serials──▶ look-up ──statuses──▶ begin ──Sign──▶ finish ──▶ response
//! ```
//!
//! A response takes no serial and no number: nothing is recorded before it is signed, and one that is lost in a
//! crash is made again. Responses without a nonce can be made ahead ([`Inquiry::of_serial`]) and kept; one with a
//! nonce is made when it is asked for (RFC 9654 §2).

use pki::crl::RevocationReason;
use pki::ocsp::{
    CertId, CertIdHash, CertStatus, OcspRequest, ResponseData, ResponseStatus, Single, assemble,
    unsuccessful,
};
use pki::{Certificate, Name, ParseError, PublicKey, SignatureAlgorithm, UnixTime, oid};

use crate::authority::named_after;
use crate::{Authority, IssuerError, Kind, Template};

/// The hash of pre-signed answers' CertIDs: what clients send unless they are told otherwise.
pub const PRESIGNED_HASH: CertIdHash = CertIdHash::Sha1;

/// Who answers for an authority: a delegate with a key of its own (§4.2.2.2), so that the authority's key signs
/// certificates and lists alone.
#[derive(Debug, Clone)]
pub struct Responder {
    issuer: Name,
    issuer_key: PublicKey,
    certificate: Certificate,
}

impl Responder {
    /// The delegate of an authority by its certificate.
    ///
    /// # Errors
    /// [`IssuerError::NotADelegate`] where the authority did not issue it for this purpose.
    pub fn delegated(
        authority: &Authority,
        certificate: &Certificate,
    ) -> Result<Self, IssuerError> {
        let purpose = certificate
            .extended_key_usage()
            .is_some_and(|usages| usages.contains(&oid::OCSP_SIGNING));
        let issued = certificate.issuer() == authority.subject()
            && certificate.verify_signature(authority.public_key()).is_ok();
        if !purpose || !issued {
            return Err(IssuerError::NotADelegate);
        }
        Ok(Self {
            issuer: authority.subject().clone(),
            issuer_key: authority.public_key().clone(),
            certificate: certificate.clone(),
        })
    }

    /// The delegate's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The algorithm that its key signs with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.certificate.public_key().family().default_algorithm()
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`Refusal`]: what to answer instead, whole.
    pub fn read(&self, request: &[u8]) -> Result<Inquiry, Refusal> {
        let request = OcspRequest::from_der(request).map_err(Refusal::Unreadable)?;
        if request.has_unknown_critical_extension() {
            return Err(Refusal::CriticalExtension);
        }
        let inquiry = Inquiry {
            ids: request
                .ids()
                .iter()
                .map(|id| (id.clone(), id.is_under(&self.issuer, &self.issuer_key)))
                .collect(),
            nonce: request.nonce().map(<[u8]>::to_vec),
        };
        if inquiry.serials().next().is_none() {
            return Err(Refusal::OtherAuthority);
        }
        Ok(inquiry)
    }
}

/// What a certificate of a responder is to say: id-kp-OCSPSigning and id-pkix-ocsp-nocheck, so that nobody asks
/// it about itself. It lives shortly for that.
///
/// # Errors
/// [`IssuerError::Applicant`] where the authority's name cannot be extended.
pub fn responder_template(
    authority: &Authority,
    key: &PublicKey,
    not_before: UnixTime,
    not_after: UnixTime,
) -> Result<Template, IssuerError> {
    Ok(Template {
        kind: Kind::OcspResponder,
        subject: named_after(authority, "OCSP")?,
        public_key: key.clone(),
        not_before,
        not_after,
        policies: Vec::new(),
        extended_key_usage: vec![oid::OCSP_SIGNING],
        identity: vec![(oid::OCSP_NOCHECK, pki::asn1::write::null())],
        key_number: None,
    })
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No strict DER request, or larger than one may be.
    #[error("the request cannot be read: {0}")]
    Unreadable(ParseError),
    /// A critical extension that is not understood here.
    #[error("the request has a critical extension that is not understood")]
    CriticalExtension,
    /// Nothing in it is about certificates of this authority.
    #[error("the request is about another authority's certificates")]
    OtherAuthority,
}

impl Refusal {
    /// The DER response that says so; it is not signed (§2.3).
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        unsuccessful(match self {
            Self::Unreadable(_) | Self::CriticalExtension => ResponseStatus::MalformedRequest,
            Self::OtherAuthority => ResponseStatus::Unauthorized,
        })
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Each with whether it is one of this authority.
    ids: Vec<(CertId, bool)>,
    nonce: Option<Vec<u8>>,
}

impl Inquiry {
    /// The question that a pre-signed response answers.
    ///
    /// # Errors
    /// [`IssuerError::ListOrder`] for a serial that is no hex.
    pub fn of_serial(responder: &Responder, serial: &str) -> Result<Self, IssuerError> {
        let serial = hex::decode(serial).map_err(|_| IssuerError::ListOrder)?;
        let id = CertId::new(
            PRESIGNED_HASH,
            &responder.issuer,
            &responder.issuer_key,
            &serial,
        );
        Ok(Self {
            ids: vec![(id, true)],
            nonce: None,
        })
    }

    /// The serials of this authority that are asked for, in lower-case hex.
    pub fn serials(&self) -> impl Iterator<Item = String> {
        self.ids
            .iter()
            .filter(|(_, ours)| *ours)
            .map(|(id, _)| hex::encode(id.serial()))
    }

    /// The serial, where a response that was made ahead can answer: one certificate, no nonce, the usual hash.
    #[must_use]
    pub fn presigned(&self) -> Option<String> {
        match self.ids.as_slice() {
            [(id, true)] if self.nonce.is_none() && id.hash() == PRESIGNED_HASH => {
                Some(hex::encode(id.serial()))
            }
            _ => None,
        }
    }
}

/// What the records say of a serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Issued, and not revoked.
    Good,
    /// Revoked; possibly issued serials are too.
    Revoked {
        /// revocationTime.
        at: UnixTime,
        /// revocationReason.
        reason: RevocationReason,
    },
    /// Never issued, as far as the records go: *unknown*, which is neither good nor revoked.
    Unknown,
}

/// One answer in progress: [`Self::tbs`] is to be signed by the responder's key, then [`Self::finish`].
#[derive(Debug, Clone)]
pub struct Answering<'a> {
    responder: &'a Responder,
    tbs: Vec<u8>,
}

impl<'a> Answering<'a> {
    /// Says of each certificate what is known at `at`; it counts until `next_update`.
    #[must_use]
    pub fn begin(
        responder: &'a Responder,
        inquiry: &Inquiry,
        known: impl Fn(&str) -> Known,
        at: UnixTime,
        next_update: UnixTime,
    ) -> Self {
        let singles: Vec<Single> = inquiry
            .ids
            .iter()
            .map(|(id, ours)| {
                let known = if *ours {
                    known(&hex::encode(id.serial()))
                } else {
                    Known::Unknown
                };
                Single {
                    id: id.clone(),
                    status: match known {
                        Known::Good => CertStatus::Good,
                        Known::Revoked { at, reason } => CertStatus::Revoked { at, reason },
                        Known::Unknown => CertStatus::Unknown,
                    },
                    this_update: at,
                    next_update: Some(next_update),
                    unknown_critical: false,
                }
            })
            .collect();
        let data = ResponseData {
            responder: responder.certificate.public_key(),
            produced_at: at,
            singles: &singles,
            nonce: inquiry.nonce.as_deref(),
        };
        Self {
            tbs: data.der(),
            responder,
        }
    }

    /// The DER tbsResponseData that is to be signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// The DER OCSPResponse, where the signature really is the responder's.
    ///
    /// # Errors
    /// [`IssuerError::Signing`].
    pub fn finish(&self, signature: &[u8]) -> Result<Vec<u8>, IssuerError> {
        let algorithm = self.responder.algorithm();
        self.responder
            .certificate
            .public_key()
            .verify(algorithm, &self.tbs, signature)
            .map_err(|_| IssuerError::Signing)?;
        Ok(assemble(
            &self.tbs,
            algorithm,
            signature,
            Some(&self.responder.certificate),
        ))
    }
}
