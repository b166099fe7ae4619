//! Signed attributes: reading them one by one, and the typed ones (RFC 5652 §11, RFC 5035 §3).

use crate::asn1::{Element, tag};
use crate::certificate::read_serial;
use crate::{Certificate, HashAlgorithm, Name, Oid, ParseError, UnixTime, hash, oid};

const WHAT: &str = "signed attributes";
const MAX_ATTRIBUTES: usize = 64;

/// One attribute: its type and the DER of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAttribute {
    /// The attribute's type.
    pub oid: Oid,
    /// The DER of each value, in order.
    pub values: Vec<Vec<u8>>,
}

impl SignedAttribute {
    /// The DER of the value where there is exactly one.
    #[must_use]
    pub fn single(&self) -> Option<&[u8]> {
        match self.values.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// Reads `SET OF Attribute` from its contents; a type that stands twice is refused (RFC 5652 §5.3).
pub(super) fn read(contents: &[u8]) -> Result<Vec<SignedAttribute>, ParseError> {
    let mut out: Vec<SignedAttribute> = Vec::new();
    let mut elements = crate::asn1::Elements::new(contents, WHAT)?;
    while let Some(element) = elements.next()? {
        let mut fields = element.sequence(WHAT)?;
        let oid = fields.oid()?;
        let mut set = fields.required()?.inside(tag::SET, WHAT)?;
        fields.finish()?;
        let mut values = Vec::new();
        while let Some(value) = set.next()? {
            if values.len() == MAX_ATTRIBUTES {
                return Err(ParseError::TooMany {
                    what: WHAT,
                    limit: MAX_ATTRIBUTES,
                });
            }
            values.push(value.raw().to_vec());
        }
        if out.iter().any(|other| other.oid == oid) {
            return Err(ParseError::Duplicate("a signed attribute"));
        }
        if out.len() == MAX_ATTRIBUTES {
            return Err(ParseError::TooMany {
                what: WHAT,
                limit: MAX_ATTRIBUTES,
            });
        }
        out.push(SignedAttribute { oid, values });
    }
    Ok(out)
}

/// The attributes that verification looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub content_type: Option<Oid>,
    pub message_digest: Option<Vec<u8>>,
    pub signing_time: Option<UnixTime>,
    pub signing_certificate_v2: Option<SigningCertificateV2>,
}

impl Typed {
    pub fn read(attributes: &[SignedAttribute]) -> Result<Self, ParseError> {
        let mut out = Self::default();
        for attribute in attributes {
            let single = || attribute.single().ok_or(ParseError::Malformed(WHAT));
            match attribute.oid {
                oid::CONTENT_TYPE => {
                    out.content_type = Some(Element::parse(single()?, WHAT)?.oid()?);
                }
                oid::MESSAGE_DIGEST => {
                    let digest = Element::parse(single()?, WHAT)?.octet_string(WHAT)?;
                    out.message_digest = Some(digest.to_vec());
                }
                oid::SIGNING_TIME => {
                    let time = Element::parse(single()?, WHAT)?;
                    out.signing_time = Some(UnixTime::from_asn1(&time)?);
                }
                oid::SIGNING_CERTIFICATE_V2 => {
                    out.signing_certificate_v2 = Some(SigningCertificateV2::read(single()?)?);
                }
                _ => {}
            }
        }
        Ok(out)
    }
}

/// The first ESSCertIDv2 of signing-certificate-v2 (RFC 5035 §3): the signer's own certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningCertificateV2 {
    /// The hash of the certificate.
    pub hash_algorithm: HashAlgorithm,
    /// The certificate's digest.
    pub certificate_hash: Vec<u8>,
    /// Issuer and serial magnitude, where they stand.
    pub issuer_serial: Option<(Name, Vec<u8>)>,
}

impl SigningCertificateV2 {
    fn read(value: &[u8]) -> Result<Self, ParseError> {
        const WHAT: &str = "signing-certificate-v2";
        let mut outer = Element::parse(value, WHAT)?.sequence(WHAT)?;
        let mut certificates = outer.required()?.sequence(WHAT)?;
        let _policies = outer.next()?;
        outer.finish()?;
        // RFC 5035 §3: the first identifies the signer's; others only limit the path.
        let mut fields = certificates.required()?.sequence(WHAT)?;
        let hash_algorithm = match fields.optional(tag::SEQUENCE)? {
            None => HashAlgorithm::Sha256,
            Some(identifier) => {
                let oid = crate::algorithm::algorithm_oid(&identifier, WHAT)?;
                HashAlgorithm::from_oid(&oid).ok_or_else(|| ParseError::UnsupportedAlgorithm {
                    what: WHAT,
                    oid: oid.to_string(),
                })?
            }
        };
        let certificate_hash = fields.required()?.octet_string(WHAT)?.to_vec();
        let issuer_serial = fields
            .next()?
            .map(|element| read_issuer_serial(&element))
            .transpose()?
            .flatten();
        fields.finish()?;
        Ok(Self {
            hash_algorithm,
            certificate_hash,
            issuer_serial,
        })
    }

    /// Whether this is the certificate that the attribute names.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        let issuer_serial = self.issuer_serial.as_ref().is_none_or(|(issuer, serial)| {
            issuer == certificate.issuer() && serial == certificate.serial()
        });
        issuer_serial && hash(self.hash_algorithm, certificate.der()) == self.certificate_hash
    }
}

/// `IssuerSerial { issuer GeneralNames, serialNumber }`; `None` where the issuer is no directory name.
fn read_issuer_serial(element: &Element<'_>) -> Result<Option<(Name, Vec<u8>)>, ParseError> {
    const WHAT: &str = "IssuerSerial";
    let mut fields = element.sequence(WHAT)?;
    let mut names = fields.required()?.sequence(WHAT)?;
    let serial = read_serial(&fields.required()?)?;
    fields.finish()?;
    let name = names.required()?;
    if name.tag() != tag::context_constructed(4) {
        return Ok(None);
    }
    let issuer = Name::from_element(&name.explicit(4, WHAT)?)?;
    Ok(Some((issuer, serial)))
}
