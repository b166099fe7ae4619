//! Revocation lists of an authority (RFC 5280 §5), in the same order of record and signature.
//!
//! ```text
//! begin ──Persist number──▶ NumberPersisted ──Sign──▶ Signed ──Persist list──▶ ListPersisted ──▶ done
//! ```
//!
//! `(issuer, number)` is unique in the store; after a crash the number is passed over and the next is
//! taken, so that no two lists ever share a number.

use pki::asn1::{tag, write};
use pki::crl::{Crl, RevocationReason};
use pki::{PublicKey, SignatureAlgorithm, UnixTime, oid};
use serde::{Deserialize, Serialize};

use crate::record::bytes;
use crate::{Authority, IssuerError, RevocationRecord};

/// A number that is about to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListIntentRecord {
    /// The authority's id.
    pub issuer: String,
    /// cRLNumber.
    pub number: u64,
    /// thisUpdate, Unix seconds.
    pub this_update: i64,
    /// nextUpdate, Unix seconds.
    pub next_update: i64,
}

/// The list that belongs to a [`ListIntentRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRecord {
    /// The authority's id.
    pub issuer: String,
    /// cRLNumber.
    pub number: u64,
    /// thisUpdate, Unix seconds.
    pub this_update: i64,
    /// nextUpdate, Unix seconds.
    pub next_update: i64,
    /// The DER CertificateList.
    #[serde(with = "bytes")]
    pub crl: Vec<u8>,
}

/// What the driver is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListEffect {
    /// Store this durably; `(issuer, number)` is unique. Then [`ListEvent::NumberPersisted`]; on a
    /// violation begin again with the number after the highest known.
    PersistNumber(ListIntentRecord),
    /// Have the authority's key sign these bytes. Then [`ListEvent::Signed`].
    Sign {
        /// The DER TBSCertList.
        tbs: Vec<u8>,
    },
    /// Store the list; it is the one to publish. Then [`ListEvent::ListPersisted`].
    PersistList(ListRecord),
    /// Publish; the machine is done.
    Publish(ListRecord),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListEvent {
    /// The number is durable.
    NumberPersisted,
    /// The key answered.
    Signed {
        /// The signature over the TBSCertList.
        signature: Vec<u8>,
    },
    /// The list is durable.
    ListPersisted,
}

/// One list in progress.
#[derive(Debug, Clone)]
pub struct ListIssuance {
    intent: ListIntentRecord,
    tbs: Vec<u8>,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Numbering,
    Signing,
    Recording(ListRecord),
    Done,
}

/// When a list is to be renewed: half its life after it was made, so that a failed renewal has time.
#[must_use]
pub const fn due_at(this_update: UnixTime, next_update: UnixTime) -> UnixTime {
    UnixTime(this_update.0 + (next_update.0 - this_update.0) / 2)
}

impl ListIssuance {
    /// Begins a list with everything that is revoked under `authority`. `number` is above every number
    /// used before.
    ///
    /// # Errors
    /// [`IssuerError::ListOrder`] for a nextUpdate that is not after thisUpdate, a serial that is no hex,
    /// or an unknown reason.
    pub fn begin(
        authority: &Authority,
        number: u64,
        this_update: UnixTime,
        next_update: UnixTime,
        revoked: &[RevocationRecord],
    ) -> Result<(Self, ListEffect), IssuerError> {
        if next_update <= this_update || number == 0 {
            return Err(IssuerError::ListOrder);
        }
        let intent = ListIntentRecord {
            issuer: authority.id().to_owned(),
            number,
            this_update: this_update.0,
            next_update: next_update.0,
        };
        let machine = Self {
            tbs: tbs(authority, &intent, revoked)?,
            intent: intent.clone(),
            key: authority.public_key().clone(),
            algorithm: authority.algorithm(),
            stage: Stage::Numbering,
        };
        Ok((machine, ListEffect::PersistNumber(intent)))
    }

    /// What follows from an event. A signer that fails ends the attempt: the number is passed over.
    ///
    /// # Errors
    /// [`IssuerError::OutOfOrder`], or [`IssuerError::Signing`] for a signature that is not the
    /// authority's.
    pub fn step(mut self, event: ListEvent) -> Result<(Self, ListEffect), IssuerError> {
        let effect = match (&self.stage, event) {
            (Stage::Numbering, ListEvent::NumberPersisted) => {
                self.stage = Stage::Signing;
                ListEffect::Sign {
                    tbs: self.tbs.clone(),
                }
            }
            (Stage::Signing, ListEvent::Signed { signature }) => {
                self.key
                    .verify(self.algorithm, &self.tbs, &signature)
                    .map_err(|_| IssuerError::Signing)?;
                let crl = write::sequence(&[
                    &self.tbs,
                    &self.algorithm.identifier(),
                    &write::bit_string(&signature),
                ]);
                // Read back as everyone will, before anyone does.
                Crl::from_der(&crl).map_err(|_| IssuerError::Signing)?;
                let record = ListRecord {
                    issuer: self.intent.issuer.clone(),
                    number: self.intent.number,
                    this_update: self.intent.this_update,
                    next_update: self.intent.next_update,
                    crl,
                };
                self.stage = Stage::Recording(record.clone());
                ListEffect::PersistList(record)
            }
            (Stage::Recording(record), ListEvent::ListPersisted) => {
                let record = record.clone();
                self.stage = Stage::Done;
                ListEffect::Publish(record)
            }
            (_, ListEvent::NumberPersisted) => {
                return Err(IssuerError::OutOfOrder("NumberPersisted"));
            }
            (_, ListEvent::Signed { .. }) => return Err(IssuerError::OutOfOrder("Signed")),
            (_, ListEvent::ListPersisted) => return Err(IssuerError::OutOfOrder("ListPersisted")),
        };
        Ok((self, effect))
    }
}

fn tbs(
    authority: &Authority,
    intent: &ListIntentRecord,
    revoked: &[RevocationRecord],
) -> Result<Vec<u8>, IssuerError> {
    let entries: Vec<Vec<u8>> = revoked.iter().map(entry).collect::<Result<_, _>>()?;
    // RFC 5280 §5.1.2.6: an empty list of entries is left out.
    let entries = if entries.is_empty() {
        Vec::new()
    } else {
        write::element(tag::SEQUENCE, &entries.concat())
    };
    let issuer_key = write::element(tag::context(0), authority.key_identifier());
    let extensions = write::sequence(&[
        &extension(
            &oid::AUTHORITY_KEY_IDENTIFIER,
            &write::sequence(&[&issuer_key]),
        ),
        &extension(&oid::CRL_NUMBER, &write::integer(intent.number)),
    ]);
    Ok(write::sequence(&[
        &write::integer(1),
        &authority.algorithm().identifier(),
        authority.subject().der(),
        &UnixTime(intent.this_update).to_asn1(),
        &UnixTime(intent.next_update).to_asn1(),
        &entries,
        &write::explicit(0, &extensions),
    ]))
}

fn entry(record: &RevocationRecord) -> Result<Vec<u8>, IssuerError> {
    let serial = hex::decode(&record.serial).map_err(|_| IssuerError::ListOrder)?;
    let reason = RevocationReason::from_name(&record.reason).ok_or(IssuerError::ListOrder)?;
    // RFC 5280 §5.3.1: an unspecified reason is expressed by leaving the extension out.
    let extensions = if reason == RevocationReason::Unspecified {
        Vec::new()
    } else {
        let code = write::element(tag::ENUMERATED, &[reason.code()]);
        write::sequence(&[&extension(&oid::REASON_CODE, &code)])
    };
    Ok(write::sequence(&[
        &write::unsigned_integer(&serial),
        &UnixTime(record.at).to_asn1(),
        &extensions,
    ]))
}

fn extension(oid: &pki::Oid, value: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::oid(oid), &write::octet_string(value)])
}
