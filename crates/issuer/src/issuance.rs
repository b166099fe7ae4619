//! One certificate from decision to delivery: the machine behind rule 9.

use pki::asn1::write;
use pki::{Certificate, PublicKey, SignatureAlgorithm, UnixTime};

use crate::lint::lint;
use crate::{Authority, IntentRecord, IssuedRecord, IssuerError, PossiblyIssuedRecord, Template};

/// What the driver is to do next; exactly one thing at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Store this durably; `(issuer, serial)` is unique. Then [`Event::IntentPersisted`], or
    /// [`Event::SerialTaken`] on a violation.
    PersistIntent(IntentRecord),
    /// Have the authority's key sign these bytes. Then [`Event::Signed`] or [`Event::SigningFailed`].
    Sign {
        /// The DER TBSCertificate.
        tbs: Vec<u8>,
    },
    /// Store the certificate beside its intent. Then [`Event::ResultPersisted`].
    PersistResult(IssuedRecord),
    /// Mark the serial possibly issued and revoked from that time on. Then [`Event::ResultPersisted`].
    PersistPossiblyIssued(PossiblyIssuedRecord),
    /// Hand out the certificate; the machine is done.
    Deliver {
        /// The DER certificate.
        certificate: Vec<u8>,
    },
    /// Nothing is delivered; the machine is done.
    Abandon(IssuerError),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The intent is durable.
    IntentPersisted,
    /// Another certificate has this serial.
    SerialTaken,
    /// The key answered.
    Signed {
        /// The signature over the TBSCertificate.
        signature: Vec<u8>,
    },
    /// The key did not answer, or said no. Whether it signed is not known.
    SigningFailed {
        /// The time of this.
        at: UnixTime,
    },
    /// The result, or the mark, is durable.
    ResultPersisted,
}

impl Event {
    const fn name(&self) -> &'static str {
        match self {
            Self::IntentPersisted => "IntentPersisted",
            Self::SerialTaken => "SerialTaken",
            Self::Signed { .. } => "Signed",
            Self::SigningFailed { .. } => "SigningFailed",
            Self::ResultPersisted => "ResultPersisted",
        }
    }
}

/// One issuance in progress.
#[derive(Debug, Clone)]
pub struct Issuance {
    record: IntentRecord,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Intending,
    Signing,
    Recording { certificate: Vec<u8> },
    Marking,
    Done,
}

impl Issuance {
    /// Decides to issue: makes the TBSCertificate with a serial of 16 random octets and lints it. The
    /// template's request has been verified before ([`crate::Profile::template`] does).
    ///
    /// # Errors
    /// [`IssuerError::Lint`]; nothing was recorded and nothing is to be done.
    pub fn begin(
        authority: &Authority,
        template: &Template,
        randomness: &[u8; 16],
        at: UnixTime,
    ) -> Result<(Self, Effect), IssuerError> {
        // A positive INTEGER of always 16 octets: the two top bits are 0 and 1, 126 bits stay random.
        let mut serial = *randomness;
        serial[0] = serial[0] & 0x3f | 0x40;
        let tbs = template.tbs(authority, &serial);
        let findings = lint(authority, template, &tbs);
        if !findings.is_empty() {
            return Err(IssuerError::Lint(findings));
        }
        let record = IntentRecord {
            issuer: authority.id().to_owned(),
            serial: hex::encode(serial),
            subject: template.subject.rfc4514(),
            key_number: template.key_number.clone(),
            not_before: template.not_before.0,
            not_after: template.not_after.0,
            tbs,
            at: at.0,
        };
        let issuance = Self {
            record: record.clone(),
            key: authority.public_key().clone(),
            algorithm: authority.algorithm(),
            stage: Stage::Intending,
        };
        Ok((issuance, Effect::PersistIntent(record)))
    }

    /// What follows from an event.
    ///
    /// # Errors
    /// [`IssuerError::OutOfOrder`] for an event that the last effect does not call for.
    pub fn step(mut self, event: Event) -> Result<(Self, Effect), IssuerError> {
        let effect = match (&self.stage, event) {
            (Stage::Intending, Event::IntentPersisted) => {
                self.stage = Stage::Signing;
                Effect::Sign {
                    tbs: self.record.tbs.clone(),
                }
            }
            (Stage::Intending, Event::SerialTaken) => {
                self.stage = Stage::Done;
                Effect::Abandon(IssuerError::SerialTaken)
            }
            (Stage::Signing, Event::Signed { signature }) => match self.assemble(&signature) {
                Some(certificate) => {
                    self.stage = Stage::Recording {
                        certificate: certificate.clone(),
                    };
                    Effect::PersistResult(IssuedRecord {
                        issuer: self.record.issuer.clone(),
                        serial: self.record.serial.clone(),
                        certificate,
                    })
                }
                None => self.mark(UnixTime(self.record.at)),
            },
            (Stage::Signing, Event::SigningFailed { at }) => self.mark(at),
            (Stage::Recording { certificate }, Event::ResultPersisted) => {
                let certificate = certificate.clone();
                self.stage = Stage::Done;
                Effect::Deliver { certificate }
            }
            (Stage::Marking, Event::ResultPersisted) => {
                self.stage = Stage::Done;
                Effect::Abandon(IssuerError::Signing)
            }
            (_, event) => return Err(IssuerError::OutOfOrder(event.name())),
        };
        Ok((self, effect))
    }

    /// The certificate, where the signature really is the authority's.
    fn assemble(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let der = write::sequence(&[
            &self.record.tbs,
            &self.algorithm.identifier(),
            &write::bit_string(signature),
        ]);
        let certificate = Certificate::from_der(&der).ok()?;
        certificate.verify_signature(&self.key).ok()?;
        Some(der)
    }

    fn mark(&mut self, at: UnixTime) -> Effect {
        self.stage = Stage::Marking;
        Effect::PersistPossiblyIssued(recover(&self.record, at))
    }
}

/// What becomes of an intent that was found without a result when the authority starts: a signature may
/// have left the key before the crash, so the serial is possibly issued, revoked from `at` on, and a new
/// serial is taken for whoever still wants the certificate.
#[must_use]
pub fn recover(intent: &IntentRecord, at: UnixTime) -> PossiblyIssuedRecord {
    PossiblyIssuedRecord {
        issuer: intent.issuer.clone(),
        serial: intent.serial.clone(),
        at: at.0,
    }
}
