//! X.509 certificates (RFC 5280 §4), read strictly and kept as they came.

use std::sync::Arc;

use crate::asn1::{Element, tag};
use crate::distribution_point::DistributionPoint;
use crate::extensions::Extensions;
use crate::{
    BasicConstraints, Extension, HashAlgorithm, KeyUsage, Name, Oid, ParseError, PublicKey,
    SignatureAlgorithm, UnixTime, VerifyError, hash, pem_decode, pem_encode,
};

const WHAT: &str = "certificate";
const LABEL: &str = "CERTIFICATE";
/// The largest certificate that is read, in bytes.
const MAX_DER: usize = 64 * 1024;
/// RFC 5280 §4.1.2.2: at most 20 octets.
const MAX_SERIAL: usize = 20;

/// An X.509 v3 certificate (v1 is read too, as old roots are). Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: core::ops::Range<usize>,
    serial: Vec<u8>,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: UnixTime,
    not_after: UnixTime,
    public_key: PublicKey,
    extensions: Extensions,
}

impl Certificate {
    /// Reads one DER certificate of at most 64 KiB.
    ///
    /// # Errors
    /// [`ParseError`]: larger, not strict DER, trailing bytes, duplicate extensions, a serial that is not
    /// positive or longer than 20 octets, an algorithm or key that is not supported.
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
        let version = match fields.optional(tag::context_constructed(0))? {
            Some(version) => version.explicit(0, WHAT)?.small_integer(WHAT)?,
            None => 0,
        };
        let serial = read_serial(&fields.required()?)?;
        // RFC 5280 §4.1.1.2: both identifiers are the same, or the unsigned one decides.
        if fields.required()?.raw() != algorithm_identifier.raw() {
            return Err(ParseError::Malformed("certificate signature algorithm"));
        }
        let issuer = Name::from_element(&fields.required()?)?;
        let mut validity = fields.required()?.sequence(WHAT)?;
        let not_before = UnixTime::from_asn1(&validity.required()?)?;
        let not_after = UnixTime::from_asn1(&validity.required()?)?;
        validity.finish()?;
        let subject = Name::from_element(&fields.required()?)?;
        let public_key = PublicKey::from_spki_der(fields.required()?.raw())?;
        let _issuer_unique_id = fields.optional(tag::context(1))?;
        let _subject_unique_id = fields.optional(tag::context(2))?;
        let extensions = match fields.optional(tag::context_constructed(3))? {
            Some(extensions) if version == 2 => Extensions::read(&extensions.explicit(3, WHAT)?)?,
            Some(_) => return Err(ParseError::Version(WHAT)),
            None => Extensions::default(),
        };
        fields.finish()?;
        if version > 2 {
            return Err(ParseError::Version(WHAT));
        }

        let start = tbs.raw().as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self(Arc::new(Inner {
            tbs: start..start + tbs.raw().len(),
            der: der.to_vec(),
            serial,
            algorithm,
            signature,
            issuer,
            subject,
            not_before,
            not_after,
            public_key,
            extensions,
        })))
    }

    /// Reads exactly one PEM certificate.
    ///
    /// # Errors
    /// [`ParseError`]; none or several are [`ParseError::Pem`].
    pub fn from_pem(pem: &str) -> Result<Self, ParseError> {
        match Self::many_from_pem(pem)?.as_slice() {
            [certificate] => Ok(certificate.clone()),
            _ => Err(ParseError::Pem(LABEL)),
        }
    }

    /// Reads all certificates of a PEM text, in order; an unreadable one is an error.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn many_from_pem(pem: &str) -> Result<Vec<Self>, ParseError> {
        pem_decode(LABEL, pem)?
            .iter()
            .map(|der| Self::from_der(der))
            .collect()
    }

    /// The certificate as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem_encode(LABEL, &self.0.der)
    }

    /// The bytes that the issuer signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// Whom the certificate names.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The serial number's magnitude, big-endian without leading zeros.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in lower-case hex, two digits an octet.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex::encode(&self.0.serial)
    }

    /// The first second in which it is valid.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.0.not_before
    }

    /// The last second in which it is valid.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.0.not_after
    }

    /// Whether `at` lies within the validity, both ends included.
    #[must_use]
    pub fn is_valid_at(&self, at: UnixTime) -> bool {
        (self.0.not_before..=self.0.not_after).contains(&at)
    }

    /// The subject's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// The algorithm of the issuer's signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm
    }

    /// The issuer's signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Verifies the issuer's signature with this key. Names, validity and extensions are not looked at:
    /// that is [`crate::path::validate`].
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), VerifyError> {
        issuer.verify(self.0.algorithm, self.tbs_der(), &self.0.signature)
    }

    /// Whether subject and issuer are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// keyUsage, where present.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// extKeyUsage, where present.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    /// basicConstraints, where present.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.extensions.basic_constraints
    }

    /// The OIDs of certificatePolicies.
    #[must_use]
    pub fn policies(&self) -> &[Oid] {
        &self.0.extensions.policies
    }

    pub(crate) fn distribution_points(&self) -> &[DistributionPoint] {
        &self.0.extensions.distribution_points
    }

    /// The URLs where the issuer's own CRL is announced.
    #[must_use]
    pub fn crl_urls(&self) -> &[String] {
        &self.0.extensions.crl_urls
    }

    /// The URLs of OCSP responders.
    #[must_use]
    pub fn ocsp_urls(&self) -> &[String] {
        &self.0.extensions.ocsp_urls
    }

    /// The URLs of the issuer's certificate.
    #[must_use]
    pub fn ca_issuer_urls(&self) -> &[String] {
        &self.0.extensions.ca_issuer_urls
    }

    /// Whether a CRL or an OCSP responder is announced at all, readable or not.
    #[must_use]
    pub fn announces_revocation(&self) -> bool {
        self.0.extensions.crl_announced || !self.0.extensions.ocsp_urls.is_empty()
    }

    /// All extensions in order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions.all
    }

    /// The contents of extnValue of this extension, where present.
    #[must_use]
    pub fn extension_value(&self, oid: &Oid) -> Option<&[u8]> {
        self.extensions()
            .iter()
            .find(|extension| extension.oid() == oid)
            .map(Extension::value)
    }

    /// The text of an extension whose value is a DER string, or, as some CAs write it, the bare UTF-8 of
    /// the text.
    #[must_use]
    pub fn extension_text(&self, oid: &Oid) -> Option<String> {
        let value = self.extension_value(oid)?;
        match Element::parse(value, "extension") {
            Ok(element) => element.text(),
            Err(_) => String::from_utf8(value.to_vec()).ok(),
        }
    }

    /// subjectKeyIdentifier, where present.
    #[must_use]
    pub fn skid(&self) -> Option<&[u8]> {
        self.0.extensions.skid.as_deref()
    }

    /// The keyIdentifier of authorityKeyIdentifier, where present.
    #[must_use]
    pub fn akid(&self) -> Option<&[u8]> {
        self.0.extensions.akid.as_deref()
    }

    /// SHA-256 over the DER.
    #[must_use]
    pub fn sha256_fingerprint(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(&hash(HashAlgorithm::Sha256, &self.0.der));
        out
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl core::hash::Hash for Certificate {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.0.subject)
            .field("issuer", &self.0.issuer)
            .field("serial", &self.serial_hex())
            .finish_non_exhaustive()
    }
}

/// A positive serial of at most 20 octets: two that differ by sign would share their hex.
pub(crate) fn read_serial(element: &Element<'_>) -> Result<Vec<u8>, ParseError> {
    const WHAT: &str = "serial number";
    let serial = element.unsigned_integer(WHAT)?;
    if serial.len() > MAX_SERIAL {
        return Err(ParseError::TooLarge {
            what: WHAT,
            limit: MAX_SERIAL,
        });
    }
    Ok(serial.to_vec())
}
