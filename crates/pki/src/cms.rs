//! CMS SignedData (RFC 5652) and its twin in the GM object identifiers (GM/T 0010).
//!
//! Reading is strict DER and keeps the signed attributes as they stand. Nothing is decided here about how
//! many signers there may be or which of the certificates is trusted: [`SignedData::signers`] and
//! [`SignedData::certificates`] show what is there, [`SignerInfo::verify`] answers for one signer and one
//! certificate. A SignedData without signed attributes is verified only by the function that says so.

mod attributes;
mod build;
mod signer_info;

pub use attributes::{SignedAttribute, SigningCertificateV2};
pub use build::{
    SignedAttributesSpec, assemble, assemble_attached, assemble_typed, signed_attributes,
    signed_attributes_of, with_time_stamp,
};
pub use signer_info::{CmsError, SignerIdentifier, SignerInfo};

use crate::algorithm::algorithm_oid;
use crate::asn1::{Element, Elements, tag};
use crate::crl::Crl;
use crate::ocsp::OcspResponse;
use crate::{Certificate, Oid, ParseError, oid};

const WHAT: &str = "SignedData";
/// The largest SignedData that is read, in bytes; embedded certificates and lists count.
const MAX_DER: usize = 2 * 1024 * 1024;
const MAX_CERTIFICATES: usize = 64;
const MAX_SIGNERS: usize = 16;

/// Which object identifiers a SignedData uses for its content types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OidFamily {
    /// RFC 5652: 1.2.840.113549.1.7.*
    Pkcs7,
    /// GM/T 0010: 1.2.156.10197.6.1.4.2.*
    Gm,
}

impl OidFamily {
    /// signedData in this family.
    #[must_use]
    pub const fn signed_data(self) -> Oid {
        match self {
            Self::Pkcs7 => oid::SIGNED_DATA,
            Self::Gm => oid::GM_SIGNED_DATA,
        }
    }

    /// data in this family.
    #[must_use]
    pub const fn data(self) -> Oid {
        match self {
            Self::Pkcs7 => oid::DATA,
            Self::Gm => oid::GM_DATA,
        }
    }
}

/// A SignedData in its ContentInfo.
#[derive(Debug, Clone)]
pub struct SignedData {
    family: OidFamily,
    content_type: Oid,
    content: Option<Vec<u8>>,
    digest_algorithms: Vec<Oid>,
    certificates: Vec<Certificate>,
    unreadable_certificates: usize,
    crls: Vec<Crl>,
    responses: Vec<OcspResponse>,
    signers: Vec<SignerInfo>,
    signed_data_der: Vec<u8>,
}

impl SignedData {
    /// Reads bytes that are exactly one ContentInfo with a SignedData, in DER, of at most 2 MiB.
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
        let mut content_info = Element::parse(der, WHAT)?.sequence(WHAT)?;
        let family = match content_info.oid()? {
            oid::SIGNED_DATA => OidFamily::Pkcs7,
            oid::GM_SIGNED_DATA => OidFamily::Gm,
            other => {
                return Err(ParseError::UnsupportedAlgorithm {
                    what: "ContentInfo",
                    oid: other.to_string(),
                });
            }
        };
        let signed_data = content_info.required()?.explicit(0, WHAT)?;
        content_info.finish()?;

        let mut fields = signed_data.sequence(WHAT)?;
        if !matches!(fields.required()?.small_integer(WHAT)?, 1 | 3 | 4 | 5) {
            return Err(ParseError::Version(WHAT));
        }
        let digest_algorithms = read_digest_algorithms(&fields.required()?)?;
        let (content_type, content) = read_content(&fields.required()?)?;
        let mut certificates = Vec::new();
        let mut unreadable_certificates = 0;
        if let Some(set) = fields.optional(tag::context_constructed(0))? {
            (certificates, unreadable_certificates) = read_certificates(&set)?;
        }
        let (mut crls, mut responses) = (Vec::new(), Vec::new());
        if let Some(set) = fields.optional(tag::context_constructed(1))? {
            (crls, responses) = read_revocation(set.value())?;
        }
        let mut signers = Vec::new();
        let mut infos = fields.required()?.inside(tag::SET, WHAT)?;
        fields.finish()?;
        while let Some(info) = infos.next()? {
            if signers.len() == MAX_SIGNERS {
                return Err(ParseError::TooMany {
                    what: "signerInfos",
                    limit: MAX_SIGNERS,
                });
            }
            signers.push(SignerInfo::read(&info, content_type)?);
        }
        Ok(Self {
            family,
            content_type,
            content,
            digest_algorithms,
            certificates,
            unreadable_certificates,
            crls,
            responses,
            signers,
            signed_data_der: signed_data.raw().to_vec(),
        })
    }

    /// Which object identifiers the ContentInfo uses.
    #[must_use]
    pub const fn family(&self) -> OidFamily {
        self.family
    }

    /// eContentType.
    #[must_use]
    pub const fn content_type(&self) -> Oid {
        self.content_type
    }

    /// eContent, where the signature is not detached.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// digestAlgorithms, as object identifiers.
    #[must_use]
    pub fn digest_algorithms(&self) -> &[Oid] {
        &self.digest_algorithms
    }

    /// The embedded certificates that can be read, in order. They are not trusted.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// How many embedded certificates could not be read (other formats, other algorithms).
    #[must_use]
    pub const fn unreadable_certificates(&self) -> usize {
        self.unreadable_certificates
    }

    /// The embedded revocation lists that can be read: evidence, not part of what is signed.
    #[must_use]
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// The embedded OCSP responses that can be read (RFC 5940 §2.1).
    #[must_use]
    pub fn responses(&self) -> &[OcspResponse] {
        &self.responses
    }

    /// All signers. A seal has exactly one; whoever reads a seal refuses another count.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }

    /// The embedded certificate that a signer names.
    #[must_use]
    pub fn certificate_of(&self, signer: &SignerInfo) -> Option<&Certificate> {
        self.certificates
            .iter()
            .find(|certificate| signer.identifier().names(certificate))
    }

    /// The SignedData without its ContentInfo, as it came.
    #[must_use]
    pub fn signed_data_der(&self) -> &[u8] {
        &self.signed_data_der
    }
}

fn read_digest_algorithms(element: &Element<'_>) -> Result<Vec<Oid>, ParseError> {
    const WHAT: &str = "digestAlgorithms";
    let mut out = Vec::new();
    let mut set = element.inside(tag::SET, WHAT)?;
    while let Some(identifier) = set.next()? {
        if out.len() == MAX_SIGNERS {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX_SIGNERS,
            });
        }
        out.push(algorithm_oid(&identifier, WHAT)?);
    }
    Ok(out)
}

fn read_content(element: &Element<'_>) -> Result<(Oid, Option<Vec<u8>>), ParseError> {
    const WHAT: &str = "encapContentInfo";
    let mut fields = element.sequence(WHAT)?;
    let content_type = fields.oid()?;
    let content = match fields.next()? {
        Some(content) => Some(content.explicit(0, WHAT)?.octet_string(WHAT)?.to_vec()),
        None => None,
    };
    fields.finish()?;
    Ok((content_type, content))
}

/// RevocationInfoChoices (RFC 5652 §10.2.1): lists, and in another format responses. What cannot be read is no
/// evidence, and says nothing about the signature.
fn read_revocation(contents: &[u8]) -> Result<(Vec<Crl>, Vec<OcspResponse>), ParseError> {
    const WHAT: &str = "revocation information";
    let (mut crls, mut responses) = (Vec::new(), Vec::new());
    let mut elements = Elements::new(contents, WHAT)?;
    while let Some(element) = elements.next()? {
        if crls.len() + responses.len() == MAX_CERTIFICATES {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX_CERTIFICATES,
            });
        }
        if element.tag() == tag::SEQUENCE {
            crls.extend(Crl::from_der(element.raw()).ok());
        } else if element.tag() == tag::context_constructed(1) {
            let mut fields = Elements::new(element.value(), WHAT)?;
            if fields.oid()? == oid::OCSP_RESPONSE_IN_CMS {
                let response = fields.required()?;
                responses.extend(OcspResponse::from_der(response.raw()).ok());
            }
        }
    }
    Ok((crls, responses))
}

fn read_certificates(set: &Element<'_>) -> Result<(Vec<Certificate>, usize), ParseError> {
    let mut certificates = Vec::new();
    let mut unreadable = 0;
    let mut elements = Elements::new(set.value(), "certificates")?;
    while let Some(element) = elements.next()? {
        if certificates.len() + unreadable == MAX_CERTIFICATES {
            return Err(ParseError::TooMany {
                what: "certificates",
                limit: MAX_CERTIFICATES,
            });
        }
        match Certificate::from_der(element.raw()) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => unreadable += 1,
        }
    }
    Ok((certificates, unreadable))
}
