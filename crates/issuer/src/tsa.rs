//! A time-stamping authority (RFC 3161, RFC 5816) as a machine without I/O.
//!
//! ```text
//! begin ──Persist serial──▶ SerialPersisted ──Sign──▶ Signed ──▶ Respond
//!              │ SerialTaken: begin again with fresh randomness
//! ```
//!
//! In the spirit of rule 9 a serial is recorded before anything is signed with it; `(authority, serial)` is unique. A
//! serial without a token proves nothing to anybody, so a crash between the two needs no repair.

use pki::cms::{OidFamily, SignedAttributesSpec};
use pki::tsp::{
    Accuracy, FailureInfo, TimeStampRequest, TstInfo, assemble, granted, rejected,
    signed_attributes,
};
use pki::{Certificate, Oid, ParseError, PublicKey, SignatureAlgorithm, UnixTime, hash, oid};
use serde::{Deserialize, Serialize};

use crate::authority::named_after;
use crate::record::bytes;
use crate::{Authority, IssuerError, Kind, Template};

/// Who stamps.
#[derive(Debug, Clone)]
pub struct TimeStampAuthority {
    /// The name in records.
    id: String,
    certificate: Certificate,
    /// What comes along beside its own certificate.
    chain: Vec<Certificate>,
    policy: Oid,
    accuracy: Accuracy,
    family: OidFamily,
}

/// A serial that is about to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StampRecord {
    /// The authority's id.
    pub authority: String,
    /// The serial in lower-case hex.
    pub serial: String,
    /// genTime, Unix seconds.
    pub at: i64,
    /// The imprint's hash, such as `sm3`.
    pub algorithm: String,
    /// The imprint.
    #[serde(with = "bytes")]
    pub imprint: Vec<u8>,
}

/// What the driver is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StampEffect {
    /// Store this durably; `(authority, serial)` is unique. Then [`StampEvent::SerialPersisted`]; on a violation
    /// begin again with fresh randomness.
    PersistSerial(StampRecord),
    /// Have the authority's key sign these bytes. Then [`StampEvent::Signed`].
    Sign {
        /// The DER of the signed attributes.
        attributes: Vec<u8>,
    },
    /// Answer with this TimeStampResp; the machine is done.
    Respond {
        /// DER.
        response: Vec<u8>,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StampEvent {
    /// The serial is durable.
    SerialPersisted,
    /// The key answered.
    Signed {
        /// The signature over the attributes.
        signature: Vec<u8>,
    },
}

/// Why there is no time stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampRefusal {
    /// No strict DER request, or larger than one may be.
    #[error("the request cannot be read: {0}")]
    Unreadable(ParseError),
    /// A hash that is not stamped here.
    #[error("the hash algorithm is not accepted: {0}")]
    Algorithm(ParseError),
    /// Another policy than ours.
    #[error("the policy {0} is not ours")]
    Policy(Oid),
    /// Extensions; none is understood.
    #[error("extensions are not accepted")]
    Extensions,
    /// The clock stands outside the authority's certificate.
    #[error("the time is not available")]
    Time,
    /// Something here failed.
    #[error("the time stamp could not be made")]
    System,
}

impl StampRefusal {
    /// The DER TimeStampResp that says so.
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        let failure = match self {
            Self::Unreadable(_) => FailureInfo::BadDataFormat,
            Self::Algorithm(_) => FailureInfo::BadAlg,
            Self::Policy(_) => FailureInfo::UnacceptedPolicy,
            Self::Extensions => FailureInfo::UnacceptedExtension,
            Self::Time => FailureInfo::TimeNotAvailable,
            Self::System => FailureInfo::SystemFailure,
        };
        rejected(failure, &self.to_string())
    }
}

impl TimeStampAuthority {
    /// The authority of a certificate: extKeyUsage critical and id-kp-timeStamping alone (§2.3). `chain` are the
    /// certificates above it that clients may not have.
    ///
    /// # Errors
    /// [`IssuerError::NotADelegate`] for another certificate.
    pub fn new(
        id: &str,
        certificate: &Certificate,
        chain: &[Certificate],
        policy: Oid,
    ) -> Result<Self, IssuerError> {
        let critical = certificate
            .extensions()
            .iter()
            .any(|extension| *extension.oid() == oid::EXTENDED_KEY_USAGE && extension.critical());
        if !critical || certificate.extended_key_usage() != Some(&[oid::TIME_STAMPING]) {
            return Err(IssuerError::NotADelegate);
        }
        Ok(Self {
            id: id.to_owned(),
            certificate: certificate.clone(),
            chain: chain.to_vec(),
            policy,
            accuracy: Accuracy {
                seconds: 1,
                ..Accuracy::default()
            },
            family: OidFamily::Pkcs7,
        })
    }

    /// The same authority with tokens in another family of object identifiers.
    #[must_use]
    pub const fn with_family(mut self, family: OidFamily) -> Self {
        self.family = family;
        self
    }

    /// Its certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The algorithm that its key signs with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.certificate.public_key().family().default_algorithm()
    }
}

/// What a time-stamping authority's certificate is to say.
///
/// # Errors
/// [`IssuerError::Applicant`] where the authority's name cannot be extended.
pub fn tsa_template(
    authority: &Authority,
    key: &PublicKey,
    not_before: UnixTime,
    not_after: UnixTime,
) -> Result<Template, IssuerError> {
    Ok(Template {
        kind: Kind::TimeStamping,
        subject: named_after(authority, "TSA")?,
        public_key: key.clone(),
        not_before,
        not_after,
        policies: Vec::new(),
        extended_key_usage: vec![oid::TIME_STAMPING],
        identity: Vec::new(),
        key_number: None,
    })
}

/// One time stamp in progress.
#[derive(Debug, Clone)]
pub struct Stamping<'a> {
    authority: &'a TimeStampAuthority,
    info: Vec<u8>,
    attributes: Vec<u8>,
    with_certificate: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Numbering,
    Signing,
    Done,
}

impl<'a> Stamping<'a> {
    /// Reads a request and decides what to sign, with a serial of 16 random octets.
    ///
    /// # Errors
    /// [`StampRefusal`]; nothing is recorded, and [`StampRefusal::response`] is the answer.
    pub fn begin(
        authority: &'a TimeStampAuthority,
        request: &[u8],
        randomness: &[u8; 16],
        at: UnixTime,
    ) -> Result<(Self, StampEffect), StampRefusal> {
        let request = TimeStampRequest::from_der(request).map_err(|error| match error {
            ParseError::UnsupportedAlgorithm { .. } => StampRefusal::Algorithm(error),
            other => StampRefusal::Unreadable(other),
        })?;
        if request.has_extensions {
            return Err(StampRefusal::Extensions);
        }
        if let Some(policy) = request.policy.filter(|policy| *policy != authority.policy) {
            return Err(StampRefusal::Policy(policy));
        }
        if !authority.certificate.is_valid_at(at) {
            return Err(StampRefusal::Time);
        }
        // A positive INTEGER of always 16 octets, as certificates' serials are.
        let mut serial = *randomness;
        serial[0] = serial[0] & 0x3f | 0x40;
        let record = StampRecord {
            authority: authority.id.clone(),
            serial: hex::encode(serial),
            at: at.0,
            algorithm: request.imprint.algorithm.name().to_owned(),
            imprint: request.imprint.digest.clone(),
        };
        let info = TstInfo {
            policy: authority.policy,
            imprint: request.imprint,
            serial: serial.to_vec(),
            gen_time: at,
            accuracy: Some(authority.accuracy),
            ordering: false,
            nonce: request.nonce,
        }
        .der();
        let digest = hash(authority.algorithm().hash(), &info);
        let stamping = Self {
            attributes: signed_attributes(&spec(authority, &digest)),
            authority,
            info,
            with_certificate: request.certificate,
            stage: Stage::Numbering,
        };
        Ok((stamping, StampEffect::PersistSerial(record)))
    }

    /// What follows from an event.
    ///
    /// # Errors
    /// [`IssuerError::OutOfOrder`], or [`IssuerError::Signing`] for a signature that is not the authority's.
    pub fn step(mut self, event: StampEvent) -> Result<(Self, StampEffect), IssuerError> {
        let effect = match (self.stage, event) {
            (Stage::Numbering, StampEvent::SerialPersisted) => {
                self.stage = Stage::Signing;
                StampEffect::Sign {
                    attributes: self.attributes.clone(),
                }
            }
            (Stage::Signing, StampEvent::Signed { signature }) => {
                self.authority
                    .certificate
                    .public_key()
                    .verify(self.authority.algorithm(), &self.attributes, &signature)
                    .map_err(|_| IssuerError::Signing)?;
                self.stage = Stage::Done;
                StampEffect::Respond {
                    response: granted(&self.token(&signature)),
                }
            }
            (_, StampEvent::SerialPersisted) => {
                return Err(IssuerError::OutOfOrder("SerialPersisted"));
            }
            (_, StampEvent::Signed { .. }) => return Err(IssuerError::OutOfOrder("Signed")),
        };
        Ok((self, effect))
    }

    fn token(&self, signature: &[u8]) -> Vec<u8> {
        let digest = hash(self.authority.algorithm().hash(), &self.info);
        let chain = self
            .with_certificate
            .then_some(self.authority.chain.as_slice());
        assemble(
            &spec(self.authority, &digest),
            &self.info,
            &self.attributes,
            signature,
            chain,
        )
    }
}

fn spec<'a>(authority: &'a TimeStampAuthority, digest: &'a [u8]) -> SignedAttributesSpec<'a> {
    SignedAttributesSpec {
        family: authority.family,
        algorithm: authority.algorithm(),
        content_digest: digest,
        certificate: &authority.certificate,
        // genTime says it, and nothing else may say otherwise.
        signing_time: None,
        custom: Vec::new(),
    }
}
