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
use crate::template::full_name;
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
    /// The shard that the list covers; absent for a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// A sixteenth of an authority's serials, by their last four bits, which are random: a certificate announces the list
/// of its shard, so that whoever checks one certificate fetches a sixteenth of what is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Shard(u8);

impl Shard {
    /// The shard of a serial's magnitude.
    #[must_use]
    pub fn of(serial: &[u8]) -> Self {
        Self(serial.last().copied().unwrap_or_default() & 0x0f)
    }

    /// The shard of a serial in hex: its last digit. `None` where that is none.
    #[must_use]
    pub fn of_hex(serial: &str) -> Option<Self> {
        serial
            .chars()
            .last()?
            .to_digit(16)?
            .try_into()
            .ok()
            .map(Self)
    }

    /// The shard with this number, 0 to 15.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// All sixteen.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// An authority's id and a shard from `{id}-{digit}`, as addresses have it.
    #[must_use]
    pub fn split(name: &str) -> Option<(&str, Self)> {
        let (id, digit) = name.rsplit_once('-')?;
        let lower = matches!(digit.as_bytes(), [b'0'..=b'9' | b'a'..=b'f']);
        if lower {
            Some((id, Self::of_hex(digit)?))
        } else {
            None
        }
    }
}

impl core::fmt::Display for Shard {
    /// One lower-case hex digit.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl TryFrom<u8> for Shard {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("a shard is 0 to 15")
    }
}

impl From<Shard> for u8 {
    fn from(shard: Shard) -> Self {
        shard.0
    }
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
        Self::begin_of(authority, None, number, this_update, next_update, revoked)
    }

    /// As [`Self::begin`], for one shard; `revoked` is what is revoked in it. Its number is of the same sequence: no
    /// two lists of an authority share one.
    ///
    /// # Errors
    /// As [`Self::begin`]; [`IssuerError::ListOrder`] for a serial of another shard too.
    pub fn begin_shard(
        authority: &Authority,
        shard: Shard,
        number: u64,
        this_update: UnixTime,
        next_update: UnixTime,
        revoked: &[RevocationRecord],
    ) -> Result<(Self, ListEffect), IssuerError> {
        if revoked
            .iter()
            .any(|record| Shard::of_hex(&record.serial) != Some(shard))
        {
            return Err(IssuerError::ListOrder);
        }
        Self::begin_of(
            authority,
            Some(shard),
            number,
            this_update,
            next_update,
            revoked,
        )
    }

    fn begin_of(
        authority: &Authority,
        shard: Option<Shard>,
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
            shard,
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
    let distribution_point = intent.shard.map_or_else(Vec::new, |shard| {
        // RFC 5280 §5.2.5: critical, and the name is the one in the certificates' distribution point.
        write::sequence(&[
            &write::oid(&oid::ISSUING_DISTRIBUTION_POINT),
            &write::boolean(true),
            &write::octet_string(&write::sequence(&[&full_name(&authority.shard_url(shard))])),
        ])
    });
    let extensions = write::sequence(&[
        &extension(
            &oid::AUTHORITY_KEY_IDENTIFIER,
            &write::sequence(&[&issuer_key]),
        ),
        &extension(&oid::CRL_NUMBER, &write::integer(intent.number)),
        &distribution_point,
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
