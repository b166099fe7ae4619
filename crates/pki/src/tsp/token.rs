//! A time stamp and what it proves (RFC 3161 §2.4.2, RFC 5816): TSTInfo in a SignedData.

use super::info::{Accuracy, MessageImprint, TstInfo};
use crate::asn1::Element;
use crate::certificate::read_serial;
use crate::cms::{self, CmsError, SignedAttributesSpec, SignedData, SignerInfo};
use crate::path::{self, PathError, TrustStore, Usage, ValidatedPath};
use crate::{Certificate, Name, ParseError, UnixTime, hash, oid};

const WHAT: &str = "time stamp";
/// How far an authority's clock may be ahead of ours, in seconds.
const CLOCK_SKEW: i64 = 300;

/// A time stamp as it came: a document's /DocTimeStamp, a signature's unsigned attribute, a response's token.
#[derive(Debug, Clone)]
pub struct TimeStampToken {
    signed: SignedData,
    info: TstInfo,
}

/// What a time stamp proves: these bytes existed at this time, on the word of this authority.
#[derive(Debug, Clone)]
pub struct VerifiedTime {
    /// When.
    pub gen_time: UnixTime,
    /// How exactly; absent where the authority's policy says it.
    pub accuracy: Option<Accuracy>,
    /// From the authority's certificate to an anchor. Its revocation is another question.
    pub path: ValidatedPath,
}

/// Why a time stamp proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeStampError {
    /// It stamps other bytes.
    #[error("the time stamp is of other bytes")]
    OtherBytes,
    /// It answers another request.
    #[error("the time stamp answers another request")]
    NonceMismatch,
    /// §2.4.2: exactly one signer.
    #[error("the time stamp does not have exactly one signer")]
    Signers,
    /// The signer's certificate is not there.
    #[error("the authority's certificate is not at hand")]
    CertificateMissing,
    /// The signature does not stand.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// §2.4.2: the attribute that binds the certificate is missing, or names another one.
    #[error("the time stamp does not name its authority's certificate")]
    SigningCertificate,
    /// §2.3: extKeyUsage is critical and id-kp-timeStamping alone, and keyUsage, where present, allows signing.
    #[error("the certificate is not one of a time-stamping authority")]
    NotAnAuthority,
    /// No path to an anchor holds.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The authority's certificate was not valid when it stamped.
    #[error("the authority's certificate was not valid at the stamped time")]
    OutsideValidity,
    /// The stamped time lies in the future.
    #[error("the stamped time lies in the future")]
    InTheFuture,
}

impl TimeStampToken {
    /// Reads bytes that are exactly one token.
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        let signed = SignedData::from_der(der)?;
        if signed.content_type() != oid::TST_INFO {
            return Err(ParseError::UnsupportedAlgorithm {
                what: WHAT,
                oid: signed.content_type().to_string(),
            });
        }
        let content = signed.content().ok_or(ParseError::Malformed(WHAT))?;
        let info = TstInfo::from_der(content)?;
        Ok(Self { signed, info })
    }

    /// What it says.
    #[must_use]
    pub const fn info(&self) -> &TstInfo {
        &self.info
    }

    /// The SignedData around it.
    #[must_use]
    pub const fn signed_data(&self) -> &SignedData {
        &self.signed
    }

    /// Verifies that it stamps `bytes`, against the store's anchors at `at`. Revocation is another question,
    /// for which the path is told.
    ///
    /// # Errors
    /// [`TimeStampError`].
    pub fn verify(
        &self,
        bytes: &[u8],
        trust: &TrustStore,
        at: UnixTime,
    ) -> Result<VerifiedTime, TimeStampError> {
        let digest = hash(self.info.imprint.algorithm, bytes);
        self.verify_digest(&digest, trust, at)
    }

    /// As [`Self::verify`], for bytes whose digest under the imprint's algorithm is known.
    ///
    /// # Errors
    /// [`TimeStampError`].
    pub fn verify_digest(
        &self,
        digest: &[u8],
        trust: &TrustStore,
        at: UnixTime,
    ) -> Result<VerifiedTime, TimeStampError> {
        if self.info.imprint.digest != digest {
            return Err(TimeStampError::OtherBytes);
        }
        let [signer] = self.signed.signers() else {
            return Err(TimeStampError::Signers);
        };
        let certificate = self.certificate(signer, trust)?;
        let content = self.signed.content().unwrap_or_default();
        signer.verify(&hash(signer.digest_algorithm(), content), certificate)?;
        check_signing_certificate(signer, certificate)?;
        check_purpose(certificate)?;
        let path = path::validate(
            certificate,
            self.signed.certificates(),
            trust,
            at,
            Usage::Any,
        )?;
        if self.info.gen_time > at.plus(CLOCK_SKEW) {
            return Err(TimeStampError::InTheFuture);
        }
        if !certificate.is_valid_at(self.info.gen_time) {
            return Err(TimeStampError::OutsideValidity);
        }
        Ok(VerifiedTime {
            gen_time: self.info.gen_time,
            accuracy: self.info.accuracy,
            path,
        })
    }

    /// Verifies the answer to a request: its imprint and its nonce, then as [`Self::verify`].
    ///
    /// # Errors
    /// [`TimeStampError`].
    pub fn verify_answer(
        &self,
        imprint: &MessageImprint,
        nonce: Option<&[u8]>,
        trust: &TrustStore,
        at: UnixTime,
    ) -> Result<VerifiedTime, TimeStampError> {
        if self.info.imprint.algorithm != imprint.algorithm {
            return Err(TimeStampError::OtherBytes);
        }
        if nonce.is_some() && self.info.nonce.as_deref() != nonce {
            return Err(TimeStampError::NonceMismatch);
        }
        self.verify_digest(&imprint.digest, trust, at)
    }

    /// The signer's certificate, from the token or from what is at hand.
    fn certificate<'a>(
        &'a self,
        signer: &SignerInfo,
        trust: &'a TrustStore,
    ) -> Result<&'a Certificate, TimeStampError> {
        self.signed
            .certificates()
            .iter()
            .chain(&trust.intermediates)
            .chain(&trust.anchors)
            .find(|certificate| signer.identifier().names(certificate))
            .ok_or(TimeStampError::CertificateMissing)
    }
}

/// signing-certificate-v2, which [`SignerInfo::verify`] has compared, or the older one with SHA-1 (RFC 5816 §2.2.1
/// allows both): one of the two has to be there.
fn check_signing_certificate(
    signer: &SignerInfo,
    certificate: &Certificate,
) -> Result<(), TimeStampError> {
    if signer.signing_certificate_v2().is_some() {
        return Ok(());
    }
    let Some(value) = signer.attribute(&oid::SIGNING_CERTIFICATE) else {
        return Err(TimeStampError::SigningCertificate);
    };
    match names_by_sha1(value, certificate) {
        Ok(true) => Ok(()),
        _ => Err(TimeStampError::SigningCertificate),
    }
}

/// Whether the first ESSCertID (RFC 2634 §5.4.1) names this certificate. The signature over the attribute needs
/// the key anyway: the hash tells two certificates of one key apart.
fn names_by_sha1(value: &[u8], certificate: &Certificate) -> Result<bool, ParseError> {
    const WHAT: &str = "signing-certificate";
    let mut outer = Element::parse(value, WHAT)?.sequence(WHAT)?;
    let mut identifiers = outer.required()?.sequence(WHAT)?;
    let mut first = identifiers.required()?.sequence(WHAT)?;
    let digest = first.required()?.octet_string(WHAT)?;
    if digest != crate::ocsp::CertIdHash::Sha1.digest(certificate.der()) {
        return Ok(false);
    }
    let Some(issuer_serial) = first.next()? else {
        return Ok(true);
    };
    first.finish()?;
    let mut fields = issuer_serial.sequence(WHAT)?;
    let mut names = fields.required()?.sequence(WHAT)?;
    let issuer = Name::from_element(&names.required()?.explicit(4, WHAT)?)?;
    let serial = read_serial(&fields.required()?)?;
    Ok(issuer == *certificate.issuer() && serial == certificate.serial())
}

fn check_purpose(certificate: &Certificate) -> Result<(), TimeStampError> {
    let critical = certificate
        .extensions()
        .iter()
        .any(|extension| *extension.oid() == oid::EXTENDED_KEY_USAGE && extension.critical());
    let alone = certificate.extended_key_usage() == Some(&[oid::TIME_STAMPING]);
    let may_sign = certificate
        .key_usage()
        .is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
    if critical && alone && may_sign {
        Ok(())
    } else {
        Err(TimeStampError::NotAnAuthority)
    }
}

/// The attributes that an authority signs over a TSTInfo; `spec.content_digest` is the TSTInfo's digest.
#[must_use]
pub fn signed_attributes(spec: &SignedAttributesSpec<'_>) -> Vec<u8> {
    cms::signed_attributes_of(spec, &oid::TST_INFO)
}

/// The DER token around a signature over [`signed_attributes`]; the certificates are the authority's and
/// `chain`, where the client wants them, else none (§2.4.1).
#[must_use]
pub fn assemble(
    spec: &SignedAttributesSpec<'_>,
    info: &[u8],
    signed_attributes: &[u8],
    signature: &[u8],
    chain: Option<&[Certificate]>,
) -> Vec<u8> {
    cms::assemble_typed(
        spec,
        &oid::TST_INFO,
        info,
        signed_attributes,
        signature,
        chain,
    )
}
