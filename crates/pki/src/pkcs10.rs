//! Certification requests (PKCS#10, RFC 2986): a key asks for a certificate and proves that it signs.
//!
//! Building goes in two steps, because the key stands in a token: [`info`] gives the bytes to be signed,
//! [`assemble`] puts the signature beside them; [`build`] does both with a closure.

use crate::asn1::{Element, tag, write};
use crate::{Name, ParseError, PublicKey, SignatureAlgorithm, VerifyError, pem_decode, pem_encode};

const WHAT: &str = "certification request";
const LABEL: &str = "CERTIFICATE REQUEST";
/// The largest request that is read, in bytes.
const MAX_DER: usize = 16 * 1024;

/// A certification request whose signature has not been looked at yet: see
/// [`CertificationRequest::verify`].
#[derive(Debug, Clone)]
pub struct CertificationRequest {
    der: Vec<u8>,
    info: core::ops::Range<usize>,
    subject: Name,
    public_key: PublicKey,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
}

impl CertificationRequest {
    /// Reads one DER request of at most 16 KiB.
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
        let info = outer.required()?;
        let algorithm = SignatureAlgorithm::from_identifier(&outer.required()?)?;
        let signature = outer.required()?.bit_string_octets(WHAT)?.to_vec();
        outer.finish()?;

        let mut fields = info.sequence(WHAT)?;
        if fields.required()?.small_integer(WHAT)? != 0 {
            return Err(ParseError::Version(WHAT));
        }
        let subject = Name::from_element(&fields.required()?)?;
        let public_key = PublicKey::from_spki_der(fields.required()?.raw())?;
        // The attributes are the requester's wishes; the profile decides instead. Some tokens leave the
        // field out, though it is not optional.
        let _attributes = fields.optional(tag::context_constructed(0))?;
        fields.finish()?;

        let start = info.raw().as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self {
            info: start..start + info.raw().len(),
            der: der.to_vec(),
            subject,
            public_key,
            algorithm,
            signature,
        })
    }

    /// Reads exactly one PEM request.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_pem(pem: &str) -> Result<Self, ParseError> {
        match pem_decode(LABEL, pem)?.as_slice() {
            [der] => Self::from_der(der),
            _ => Err(ParseError::Pem(LABEL)),
        }
    }

    /// The request as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem_encode(LABEL, &self.der)
    }

    /// The name that is asked for.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key that asks.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The DER CertificationRequestInfo, which is what was signed.
    #[must_use]
    pub fn info_der(&self) -> &[u8] {
        &self.der[self.info.clone()]
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Verifies that the key in the request signed it (proof of possession).
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.public_key
            .verify(self.algorithm, self.info_der(), &self.signature)
    }
}

/// The DER CertificationRequestInfo, without attributes: what the key signs.
#[must_use]
pub fn info(subject: &Name, public_key: &PublicKey) -> Vec<u8> {
    write::sequence(&[
        &write::integer(0),
        subject.der(),
        public_key.spki_der(),
        &write::constructed(tag::context_constructed(0), &[]),
    ])
}

/// The DER request from what was signed and its signature.
#[must_use]
pub fn assemble(info: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    write::sequence(&[info, &algorithm.identifier(), &write::bit_string(signature)])
}

/// A DER request for `subject` and `public_key`, signed by `sign`, which is given the
/// CertificationRequestInfo and answers with a signature of the family's default algorithm.
///
/// # Errors
/// Whatever `sign` answers.
pub fn build<E>(
    subject: &Name,
    public_key: &PublicKey,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let info = info(subject, public_key);
    let signature = sign(&info)?;
    let algorithm = public_key.family().default_algorithm();
    Ok(assemble(&info, algorithm, &signature))
}
