//! What a responder said: `OCSPResponse` and `BasicOCSPResponse` (RFC 6960 §4.2), as it came.

use std::sync::Arc;

use super::{CertId, read_nonce};
use crate::asn1::{Element, Elements, tag};
use crate::crl::RevocationReason;
use crate::extensions::read_list;
use crate::{Certificate, Name, ParseError, SignatureAlgorithm, UnixTime, oid};

const WHAT: &str = "OCSP response";
/// The largest response that is read, in bytes; the responder's certificates count.
const MAX_DER: usize = 256 * 1024;
const MAX_SINGLES: usize = 64;
const MAX_CERTIFICATES: usize = 8;

/// responseStatus (§4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The standard's own names.
pub enum ResponseStatus {
    Successful,
    MalformedRequest,
    InternalError,
    TryLater,
    SigRequired,
    Unauthorized,
}

impl ResponseStatus {
    const ALL: [(u8, Self); 6] = [
        (0, Self::Successful),
        (1, Self::MalformedRequest),
        (2, Self::InternalError),
        (3, Self::TryLater),
        (5, Self::SigRequired),
        (6, Self::Unauthorized),
    ];

    /// The ENUMERATED's value.
    #[must_use]
    pub fn code(self) -> u8 {
        Self::ALL
            .iter()
            .find(|(_, status)| *status == self)
            .map_or(2, |(code, _)| *code)
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(number, _)| *number == code)
            .map(|(_, status)| *status)
    }
}

/// Who says that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// By subject.
    Name(Name),
    /// By the hash of its key.
    KeyHash(Vec<u8>),
}

impl ResponderId {
    /// Whether it names this certificate. A KeyHash is SHA-1 (§4.2.1); responders of GM/T 0014 write SM3.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject(),
            Self::KeyHash(digest) => {
                let key = certificate.public_key();
                digest.as_slice() == super::key_hash(key)
                    || *digest == crate::hash(crate::HashAlgorithm::Sm3, &key.key_bits())
            }
        }
    }
}

/// certStatus of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked, as far as the responder knows.
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// revocationTime.
        at: UnixTime,
        /// revocationReason; absent means unspecified.
        reason: RevocationReason,
    },
    /// The responder doesn't know this certificate.
    Unknown,
}

/// One SingleResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// Which certificate is meant.
    pub id: CertId,
    /// What is said of it.
    pub status: CertStatus,
    /// thisUpdate: when this was known to be so.
    pub this_update: UnixTime,
    /// nextUpdate: when newer information will be there; absent where it is there always.
    pub next_update: Option<UnixTime>,
    /// A critical extension that is not understood here stands in it.
    pub unknown_critical: bool,
}

/// A response as it came. Its signature has not been looked at: [`super::answer`] does.
#[derive(Debug, Clone)]
pub struct OcspResponse {
    der: Arc<[u8]>,
    status: ResponseStatus,
    basic: Option<BasicResponse>,
}

impl OcspResponse {
    /// Reads one DER OCSPResponse of at most 256 KiB.
    ///
    /// # Errors
    /// [`ParseError`]: a response type other than id-pkix-ocsp-basic among them.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        check_size(der)?;
        let mut outer = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let status = outer.required()?;
        let status = match (status.tag(), status.value()) {
            (tag::ENUMERATED, [code]) => ResponseStatus::from_code(*code),
            _ => None,
        }
        .ok_or(ParseError::Malformed("responseStatus"))?;
        let bytes = outer.optional(tag::context_constructed(0))?;
        outer.finish()?;
        // §4.2.1: responseBytes stand with *successful* and with nothing else.
        if bytes.is_some() != (status == ResponseStatus::Successful) {
            return Err(ParseError::Malformed(WHAT));
        }
        let basic = match bytes {
            None => None,
            Some(bytes) => {
                let mut fields = bytes.explicit(0, WHAT)?.sequence(WHAT)?;
                let kind = fields.oid()?;
                if kind != oid::OCSP_BASIC {
                    return Err(ParseError::UnsupportedAlgorithm {
                        what: "responseType",
                        oid: kind.to_string(),
                    });
                }
                let basic = fields.required()?.octet_string(WHAT)?;
                fields.finish()?;
                Some(BasicResponse::from_der(basic)?)
            }
        };
        Ok(Self {
            der: der.into(),
            status,
            basic,
        })
    }

    /// The response as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// responseStatus.
    #[must_use]
    pub const fn status(&self) -> ResponseStatus {
        self.status
    }

    /// What was signed, where the responder answered.
    #[must_use]
    pub const fn basic(&self) -> Option<&BasicResponse> {
        self.basic.as_ref()
    }
}

/// A BasicOCSPResponse: also what a document's security store and a CMS hold. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BasicResponse(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    tbs: core::ops::Range<usize>,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
    responder: ResponderId,
    produced_at: UnixTime,
    singles: Vec<Single>,
    nonce: Option<Vec<u8>>,
    unknown_critical: bool,
}

impl BasicResponse {
    /// Reads one DER BasicOCSPResponse of at most 256 KiB.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        check_size(der)?;
        let mut outer = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let tbs = outer.required()?;
        let algorithm = SignatureAlgorithm::from_identifier(&outer.required()?)?;
        let signature = outer.required()?.bit_string_octets(WHAT)?.to_vec();
        let certificates = match outer.optional(tag::context_constructed(0))? {
            Some(list) => read_certificates(&list.explicit(0, WHAT)?)?,
            None => Vec::new(),
        };
        outer.finish()?;

        let mut fields = tbs.sequence(WHAT)?;
        if let Some(version) = fields.optional(tag::context_constructed(0))?
            && version.explicit(0, WHAT)?.small_integer(WHAT)? != 0
        {
            return Err(ParseError::Version(WHAT));
        }
        let responder = read_responder(&fields.required()?)?;
        let produced_at = generalized_time(&fields.required()?)?;
        let mut list = fields.required()?.sequence(WHAT)?;
        let mut singles = Vec::new();
        while let Some(single) = list.next()? {
            if singles.len() == MAX_SINGLES {
                return Err(ParseError::TooMany {
                    what: WHAT,
                    limit: MAX_SINGLES,
                });
            }
            singles.push(read_single(&single)?);
        }
        let mut nonce = None;
        let mut unknown_critical = false;
        if let Some(extensions) = fields.optional(tag::context_constructed(1))? {
            for extension in read_list(&extensions.explicit(1, WHAT)?)? {
                match *extension.oid() {
                    oid::OCSP_NONCE => nonce = Some(read_nonce(extension.value())?),
                    _ => unknown_critical |= extension.critical(),
                }
            }
        }
        fields.finish()?;

        let start = tbs.raw().as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            tbs: start..start + tbs.raw().len(),
            algorithm,
            signature,
            certificates,
            responder,
            produced_at,
            singles,
            nonce,
            unknown_critical,
        })))
    }

    /// The BasicOCSPResponse as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The bytes that were signed: tbsResponseData as it came.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Certificates that came along. They are not trusted.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// Who says that it answers.
    #[must_use]
    pub fn responder(&self) -> &ResponderId {
        &self.0.responder
    }

    /// producedAt.
    #[must_use]
    pub fn produced_at(&self) -> UnixTime {
        self.0.produced_at
    }

    /// What is said, certificate by certificate.
    #[must_use]
    pub fn singles(&self) -> &[Single] {
        &self.0.singles
    }

    /// The nonce, where one came back.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.0.nonce.as_deref()
    }

    /// Whether a critical extension stands in it that is not understood here.
    #[must_use]
    pub fn has_unknown_critical_extension(&self) -> bool {
        self.0.unknown_critical
    }
}

fn check_size(der: &[u8]) -> Result<(), ParseError> {
    if der.len() > MAX_DER {
        return Err(ParseError::TooLarge {
            what: WHAT,
            limit: MAX_DER,
        });
    }
    Ok(())
}

/// Certificates of other algorithms are left out; whose signature stands is found among the rest or not.
fn read_certificates(list: &Element<'_>) -> Result<Vec<Certificate>, ParseError> {
    let mut certificates = Vec::new();
    let mut count = 0;
    let mut elements = list.sequence(WHAT)?;
    while let Some(element) = elements.next()? {
        count += 1;
        if count > MAX_CERTIFICATES {
            return Err(ParseError::TooMany {
                what: "certificates of an OCSP response",
                limit: MAX_CERTIFICATES,
            });
        }
        certificates.extend(Certificate::from_der(element.raw()));
    }
    Ok(certificates)
}

fn read_responder(element: &Element<'_>) -> Result<ResponderId, ParseError> {
    const WHAT: &str = "responderID";
    match element.tag() {
        0xa1 => Ok(ResponderId::Name(Name::from_element(
            &element.explicit(1, WHAT)?,
        )?)),
        0xa2 => Ok(ResponderId::KeyHash(
            element.explicit(2, WHAT)?.octet_string(WHAT)?.to_vec(),
        )),
        _ => Err(ParseError::Malformed(WHAT)),
    }
}

fn read_single(element: &Element<'_>) -> Result<Single, ParseError> {
    let mut fields = element.sequence(WHAT)?;
    let id = CertId::read(&fields.required()?)?;
    let status = read_status(&fields.required()?)?;
    let this_update = generalized_time(&fields.required()?)?;
    let next_update = fields
        .optional(tag::context_constructed(0))?
        .map(|time| generalized_time(&time.explicit(0, WHAT)?))
        .transpose()?;
    let unknown_critical = match fields.optional(tag::context_constructed(1))? {
        Some(extensions) => read_list(&extensions.explicit(1, WHAT)?)?
            .iter()
            .any(crate::Extension::critical),
        None => false,
    };
    fields.finish()?;
    Ok(Single {
        id,
        status,
        this_update,
        next_update,
        unknown_critical,
    })
}

fn read_status(element: &Element<'_>) -> Result<CertStatus, ParseError> {
    const WHAT: &str = "certStatus";
    match (element.tag(), element.value()) {
        (0x80, []) => Ok(CertStatus::Good),
        (0x82, []) => Ok(CertStatus::Unknown),
        (0xa1, contents) => {
            let mut fields = Elements::new(contents, WHAT)?;
            let at = generalized_time(&fields.required()?)?;
            let mut reason = RevocationReason::Unspecified;
            if let Some(code) = fields.optional(tag::context_constructed(0))? {
                let code = code.explicit(0, WHAT)?;
                reason = match (code.tag(), code.value()) {
                    (tag::ENUMERATED, [code]) => RevocationReason::from_code(*code),
                    _ => None,
                }
                .ok_or(ParseError::Malformed(WHAT))?;
            }
            fields.finish()?;
            Ok(CertStatus::Revoked { at, reason })
        }
        _ => Err(ParseError::Malformed(WHAT)),
    }
}

/// Times of OCSP are GeneralizedTime always (§4.2.2.1).
fn generalized_time(element: &Element<'_>) -> Result<UnixTime, ParseError> {
    if element.tag() != tag::GENERALIZED_TIME {
        return Err(ParseError::Malformed("time of an OCSP response"));
    }
    UnixTime::from_asn1(element)
}
