//! One SignerInfo (RFC 5652 §5.3): what it says and whether it stands.

use super::attributes::{self, SignedAttribute, SigningCertificateV2, Typed};
use crate::algorithm::algorithm_oid;
use crate::asn1::{Element, tag, write};
use crate::certificate::read_serial;
use crate::{
    Certificate, HashAlgorithm, KeyFamily, Name, Oid, ParseError, SignatureAlgorithm, UnixTime,
    VerifyError, oid,
};

const WHAT: &str = "SignerInfo";

/// Which certificate a signer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// Issuer and serial magnitude.
    IssuerAndSerial(Name, Vec<u8>),
    /// subjectKeyIdentifier.
    SubjectKeyIdentifier(Vec<u8>),
}

impl SignerIdentifier {
    /// Whether it names this certificate.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial(issuer, serial) => {
                issuer == certificate.issuer() && serial == certificate.serial()
            }
            Self::SubjectKeyIdentifier(identifier) => {
                certificate.skid() == Some(identifier.as_slice())
            }
        }
    }
}

/// Why a signer's signature does not stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The certificate is not the one that the SignerInfo names.
    #[error("the signer names another certificate")]
    OtherCertificate,
    /// digestAlgorithm, signatureAlgorithm, key and attributes do not agree.
    #[error("the algorithms of the signature do not agree")]
    AlgorithmsDisagree,
    /// There are no signed attributes.
    #[error("the signature has no signed attributes")]
    NoSignedAttributes,
    /// There are signed attributes where none may be.
    #[error("the signature has signed attributes")]
    UnexpectedSignedAttributes,
    /// contentType is absent or not eContentType.
    #[error("the content-type attribute is missing or names another type")]
    ContentType,
    /// messageDigest is absent or not the content's digest.
    #[error("the message digest does not match the content")]
    MessageDigest,
    /// signing-certificate-v2 names another certificate.
    #[error("the signing-certificate attribute names another certificate")]
    SigningCertificate,
    /// The signature value does not stand.
    #[error(transparent)]
    Signature(#[from] VerifyError),
}

/// One signer of a SignedData.
#[derive(Debug, Clone)]
pub struct SignerInfo {
    identifier: SignerIdentifier,
    digest_algorithm: HashAlgorithm,
    signature_algorithm_oid: Oid,
    signature_algorithm: SignatureAlgorithm,
    signed_attributes: Option<SignedAttributes>,
    signature: Vec<u8>,
    unsigned_attributes: Vec<SignedAttribute>,
    econtent_type: Oid,
}

#[derive(Debug, Clone)]
struct SignedAttributes {
    /// The contents of the SET OF, as they came.
    contents: Vec<u8>,
    all: Vec<SignedAttribute>,
    typed: Typed,
}

impl SignerInfo {
    pub(super) fn read(element: &Element<'_>, econtent_type: Oid) -> Result<Self, ParseError> {
        let mut fields = element.sequence(WHAT)?;
        let version = fields.required()?.small_integer(WHAT)?;
        let sid = fields.required()?;
        let identifier = match (version, sid.tag()) {
            (1, tag::SEQUENCE) => {
                let mut fields = sid.sequence(WHAT)?;
                let issuer = Name::from_element(&fields.required()?)?;
                let serial = read_serial(&fields.required()?)?;
                fields.finish()?;
                SignerIdentifier::IssuerAndSerial(issuer, serial)
            }
            (3, 0x80) => SignerIdentifier::SubjectKeyIdentifier(sid.value().to_vec()),
            _ => return Err(ParseError::Version(WHAT)),
        };
        let digest_oid = algorithm_oid(&fields.required()?, "digestAlgorithm")?;
        let digest_algorithm = HashAlgorithm::from_oid(&digest_oid).ok_or_else(|| {
            ParseError::UnsupportedAlgorithm {
                what: "digestAlgorithm",
                oid: digest_oid.to_string(),
            }
        })?;
        let signed_attributes = match fields.optional(tag::context_constructed(0))? {
            None => None,
            Some(set) => {
                let all = attributes::read(set.value())?;
                if all.is_empty() {
                    return Err(ParseError::Malformed("signed attributes"));
                }
                Some(SignedAttributes {
                    contents: set.value().to_vec(),
                    typed: Typed::read(&all)?,
                    all,
                })
            }
        };
        let signature_algorithm_oid = signature_oid(&fields.required()?)?;
        let signature_algorithm = signature_algorithm(&signature_algorithm_oid, digest_algorithm)?;
        let signature = fields.required()?.octet_string(WHAT)?.to_vec();
        let unsigned_attributes = match fields.optional(tag::context_constructed(1))? {
            None => Vec::new(),
            Some(set) => attributes::read(set.value())?,
        };
        fields.finish()?;
        Ok(Self {
            identifier,
            digest_algorithm,
            signature_algorithm_oid,
            signature_algorithm,
            signed_attributes,
            signature,
            unsigned_attributes,
            econtent_type,
        })
    }

    /// Which certificate it names.
    #[must_use]
    pub const fn identifier(&self) -> &SignerIdentifier {
        &self.identifier
    }

    /// The hash of the content.
    #[must_use]
    pub const fn digest_algorithm(&self) -> HashAlgorithm {
        self.digest_algorithm
    }

    /// The algorithm of the signature.
    #[must_use]
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// The algorithm as it is written: SM2 has three names in use.
    #[must_use]
    pub const fn signature_algorithm_oid(&self) -> Oid {
        self.signature_algorithm_oid
    }

    /// The signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What was signed: the signed attributes as DER SET OF, in the order in which they came.
    #[must_use]
    pub fn signed_attributes_der(&self) -> Option<Vec<u8>> {
        self.signed_attributes
            .as_ref()
            .map(|attributes| write::element(tag::SET, &attributes.contents))
    }

    /// All signed attributes.
    #[must_use]
    pub fn signed_attributes(&self) -> &[SignedAttribute] {
        self.signed_attributes
            .as_ref()
            .map_or(&[], |attributes| attributes.all.as_slice())
    }

    /// The DER of the single value of a signed attribute.
    #[must_use]
    pub fn attribute(&self, oid: &Oid) -> Option<&[u8]> {
        self.signed_attributes()
            .iter()
            .find(|attribute| attribute.oid == *oid)
            .and_then(SignedAttribute::single)
    }

    /// The unsigned attributes: time stamps, and what others add.
    #[must_use]
    pub fn unsigned_attributes(&self) -> &[SignedAttribute] {
        &self.unsigned_attributes
    }

    fn typed(&self) -> Option<&Typed> {
        self.signed_attributes
            .as_ref()
            .map(|attributes| &attributes.typed)
    }

    /// contentType.
    #[must_use]
    pub fn content_type(&self) -> Option<Oid> {
        self.typed()?.content_type
    }

    /// messageDigest.
    #[must_use]
    pub fn message_digest(&self) -> Option<&[u8]> {
        self.typed()?.message_digest.as_deref()
    }

    /// signingTime: the signer's claim.
    #[must_use]
    pub fn signing_time(&self) -> Option<UnixTime> {
        self.typed()?.signing_time
    }

    /// signing-certificate-v2.
    #[must_use]
    pub fn signing_certificate_v2(&self) -> Option<&SigningCertificateV2> {
        self.typed()?.signing_certificate_v2.as_ref()
    }

    /// Verifies the signature with `certificate` over a content of which `digest` is the digest under
    /// [`Self::digest_algorithm`]: the certificate is the named one, the algorithms agree, contentType and
    /// messageDigest match, signing-certificate-v2 (where present) names the certificate, and the
    /// signature over the attributes stands. Trust in the certificate is another question.
    ///
    /// # Errors
    /// [`CmsError`], the first that is found in this order.
    pub fn verify(&self, digest: &[u8], certificate: &Certificate) -> Result<(), CmsError> {
        self.check_signer(certificate)?;
        let attributes = self
            .signed_attributes
            .as_ref()
            .ok_or(CmsError::NoSignedAttributes)?;
        if attributes.typed.content_type != Some(self.econtent_type) {
            return Err(CmsError::ContentType);
        }
        if attributes.typed.message_digest.as_deref() != Some(digest) {
            return Err(CmsError::MessageDigest);
        }
        let named = attributes.typed.signing_certificate_v2.as_ref();
        if named.is_some_and(|named| !named.names(certificate)) {
            return Err(CmsError::SigningCertificate);
        }
        self.check_algorithm_protection()?;
        let signed = write::element(tag::SET, &attributes.contents);
        certificate
            .public_key()
            .verify(self.signature_algorithm, &signed, &self.signature)?;
        Ok(())
    }

    /// Verifies a signature that has no signed attributes over the content itself. Such a signature can
    /// be given another meaning by whoever holds it; only the GM profile whose content is a digest uses
    /// it, and its caller checks that the content has exactly 32 bytes.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn danger_verify_without_attributes(
        &self,
        content: &[u8],
        certificate: &Certificate,
    ) -> Result<(), CmsError> {
        self.check_signer(certificate)?;
        if self.signed_attributes.is_some() {
            return Err(CmsError::UnexpectedSignedAttributes);
        }
        certificate
            .public_key()
            .verify(self.signature_algorithm, content, &self.signature)?;
        Ok(())
    }

    fn check_signer(&self, certificate: &Certificate) -> Result<(), CmsError> {
        if !self.identifier.names(certificate) {
            return Err(CmsError::OtherCertificate);
        }
        if self.signature_algorithm.hash() != self.digest_algorithm
            || certificate.public_key().family() != self.signature_algorithm.family()
        {
            return Err(CmsError::AlgorithmsDisagree);
        }
        Ok(())
    }

    /// CMSAlgorithmProtection (RFC 6211), where present, repeats both algorithms.
    fn check_algorithm_protection(&self) -> Result<(), CmsError> {
        let Some(value) = self.attribute(&oid::ALGORITHM_PROTECTION) else {
            return Ok(());
        };
        let read = || -> Result<(Oid, Oid), ParseError> {
            const WHAT: &str = "CMSAlgorithmProtection";
            let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
            let digest = fields.required()?.sequence(WHAT)?.oid()?;
            let signature = fields.required()?;
            fields.finish()?;
            let mut signature = signature.inside(tag::context_constructed(1), WHAT)?;
            Ok((digest, signature.oid()?))
        };
        let expected = (self.digest_algorithm.oid(), self.signature_algorithm_oid);
        if read() == Ok(expected) {
            Ok(())
        } else {
            Err(CmsError::AlgorithmsDisagree)
        }
    }
}

/// The OID of signatureAlgorithm. Its parameters carry nothing in the schemes read here; some SM2 signers
/// put the curve's OID there.
fn signature_oid(element: &Element<'_>) -> Result<Oid, ParseError> {
    const WHAT: &str = "signatureAlgorithm";
    let mut fields = element.sequence(WHAT)?;
    let oid = fields.oid()?;
    if let Some(parameters) = fields.next()? {
        let curve = parameters.tag() == tag::OID && parameters.oid()? == oid::CURVE_SM2;
        let null = parameters.tag() == tag::NULL && parameters.value().is_empty();
        if !curve && !null {
            return Err(ParseError::Malformed(WHAT));
        }
    }
    fields.finish()?;
    Ok(oid)
}

/// signatureAlgorithm names the whole scheme, or (older) the key alone, with the hash beside it.
fn signature_algorithm(oid: &Oid, digest: HashAlgorithm) -> Result<SignatureAlgorithm, ParseError> {
    use SignatureAlgorithm as S;
    let whole = [
        S::RsaPkcs1Sha256,
        S::RsaPkcs1Sha384,
        S::RsaPkcs1Sha512,
        S::EcdsaP256Sha256,
        S::EcdsaP384Sha384,
    ]
    .into_iter()
    .find(|algorithm| algorithm.oid() == *oid);
    let family = match *oid {
        oid::SM2_SM3 | oid::SM2_SIGN | oid::CURVE_SM2 => Some(KeyFamily::Sm2),
        oid::RSA_ENCRYPTION => Some(KeyFamily::Rsa),
        _ => None,
    };
    let by_key = match (family, digest) {
        (Some(KeyFamily::Sm2), _) => Some(S::Sm2WithSm3),
        (Some(KeyFamily::Rsa), HashAlgorithm::Sha256) => Some(S::RsaPkcs1Sha256),
        (Some(KeyFamily::Rsa), HashAlgorithm::Sha384) => Some(S::RsaPkcs1Sha384),
        (Some(KeyFamily::Rsa), HashAlgorithm::Sha512) => Some(S::RsaPkcs1Sha512),
        _ => None,
    };
    whole
        .or(by_key)
        .ok_or_else(|| ParseError::UnsupportedAlgorithm {
            what: "signatureAlgorithm",
            oid: oid.to_string(),
        })
}
