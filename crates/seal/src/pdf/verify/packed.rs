//! What stands in `/Contents`: a CMS, an SES seal signature, or a time stamp, read as far as it can be.

use contract::intent::DigestName;
use contract::{Check, CheckResult, Layer, SealIntentAttribute};
use pki::cms::{SignedData, SignerInfo};
use pki::tsp::TimeStampToken;
use pki::{HashAlgorithm, ParseError, oid};

use super::ber::{self, Unpacked};
use super::reasons::because;
use crate::pdf::SubFilter;
use crate::pdf::signature::{FoundSignature, Parts};
use crate::ses::{self, SesSignature};

/// A signature's bytes, understood.
pub(super) enum Body {
    Cms(Box<SignedData>),
    Ses(Box<SesSignature>),
    Stamp(Box<TimeStampToken>),
}

/// A signature, read as far as it can be.
pub(super) struct Packed {
    pub format: Option<SubFilter>,
    pub body: Result<Body, Check>,
    pub intent: Option<Result<SealIntentAttribute, ()>>,
}

impl Packed {
    pub fn read(signature: &FoundSignature, parts: &Parts) -> Self {
        let format = signature
            .sub_filter()
            .as_deref()
            .and_then(SubFilter::from_name);
        let body = read(format, &parts.contents);
        let intent = match &body {
            Ok(Body::Cms(cms)) => cms.signers().first().and_then(intent_of),
            Ok(Body::Ses(seal)) => seal
                .extension(&oid::YINXIN_SEAL_INTENT)
                .map(|der| SealIntentAttribute::from_der(der).map_err(|_| ())),
            _ => None,
        };
        Self {
            format,
            body,
            intent,
        }
    }

    /// The hash that the signature is over; `None` where nothing will be verified.
    pub fn digest_algorithm(&self) -> Option<HashAlgorithm> {
        match self.body.as_ref().ok()? {
            Body::Cms(cms) => cms.signers().first().map(SignerInfo::digest_algorithm),
            Body::Ses(seal) => {
                ses::signature_algorithm(&seal.algorithm).map(|algorithm| algorithm.hash())
            }
            Body::Stamp(token) => Some(token.info().imprint.algorithm),
        }
    }

    /// The hash by which the intent names the document.
    pub fn shown_algorithm(&self) -> Option<HashAlgorithm> {
        let shown = self.intent.as_ref()?.as_ref().ok()?.shown().ok()?;
        Some(match shown.document_digest.algorithm {
            DigestName::Sm3 => HashAlgorithm::Sm3,
            DigestName::Sha256 => HashAlgorithm::Sha256,
        })
    }

    /// The token of a document time stamp.
    pub fn stamp(&self) -> Option<&TimeStampToken> {
        match &self.body {
            Ok(Body::Stamp(token)) => Some(token),
            _ => None,
        }
    }
}

fn intent_of(signer: &SignerInfo) -> Option<Result<SealIntentAttribute, ()>> {
    let stands = signer
        .signed_attributes()
        .iter()
        .any(|attribute| attribute.oid == oid::YINXIN_SEAL_INTENT);
    stands.then(|| {
        signer
            .attribute(&oid::YINXIN_SEAL_INTENT)
            .and_then(|der| SealIntentAttribute::from_der(der).ok())
            .ok_or(())
    })
}

fn read(format: Option<SubFilter>, contents: &[u8]) -> Result<Body, Check> {
    let failed = |reason| because(Layer::Structure, CheckResult::Failed, reason, None);
    // PAdES asks for DER (EN 319 142-1 §6.3), SES and RFC 3161 are DER; the older formats are often
    // written in BER.
    let der_only = matches!(
        format,
        Some(SubFilter::EtsiCadesDetached | SubFilter::EtsiRfc3161 | SubFilter::GmSm2Seal)
    );
    let der = ber::unpack(contents, der_only).map_err(|why| {
        failed(match why {
            Unpacked::Empty => "contents_empty",
            Unpacked::Malformed => "cms_malformed",
            Unpacked::TrailingBytes => "contents_trailing_bytes",
            Unpacked::NotDer => "cms_not_der",
        })
    })?;
    let malformed = |error: ParseError| match error {
        ParseError::UnsupportedAlgorithm { .. } => because(
            Layer::Integrity,
            CheckResult::Indeterminate,
            "algorithm_unsupported",
            Some(&error.to_string()),
        ),
        error => because(
            Layer::Structure,
            CheckResult::Failed,
            "cms_malformed",
            Some(&error.to_string()),
        ),
    };
    let cms = || {
        SignedData::from_der(&der)
            .map(|cms| Body::Cms(Box::new(cms)))
            .map_err(malformed)
    };
    let seal = || {
        SesSignature::from_der(&der)
            .map(|seal| Body::Ses(Box::new(seal)))
            .map_err(|error| {
                because(
                    Layer::Structure,
                    CheckResult::Failed,
                    "ses_malformed",
                    Some(&error.to_string()),
                )
            })
    };
    match format {
        None => Err(failed("format_unsupported")),
        Some(SubFilter::GmSm2Seal) => seal(),
        // Both packings are found under this name: a CMS begins with an object identifier.
        Some(SubFilter::GmSm2) => cms().or_else(|check| seal().map_err(|_| check)),
        Some(SubFilter::EtsiRfc3161) => TimeStampToken::from_der(&der)
            .map(|token| Body::Stamp(Box::new(token)))
            .map_err(malformed),
        Some(_) => cms(),
    }
}
