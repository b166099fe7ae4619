//! One certificate: persist the intent → sign → persist the result → deliver, with the steps named where a crash differs.
//!
//! A certificate for an order is recorded under the order's claim: each transaction first asks whether the claim still
//! holds, so of two processes that come to the same order one after the other, one only goes on.

use domain::entropy::random_bytes;
use issuer::{Authority, Effect, Event, Issuance, IssuerError, Template};
use pki::{Certificate, HashAlgorithm, UnixTime, hash};
use store::authorities::{self, ForOrder};
use store::orders::{self, ClaimedOrder};
use store::{Deed, StoreError, Tx};

use super::vault::AuthorityKey;
use super::{ATTEMPTS, Authorities, AuthorityError};

/// What a certificate of an order is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificatePurpose {
    /// The token's own key signs.
    Signing,
    /// The key of the key management centre decrypts.
    Encryption,
}

impl CertificatePurpose {
    /// The word in the rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
        }
    }
}

/// How far an order has got: a crash after each of these leaves another state behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The order is claimed.
    Claimed,
    /// A pair of the pool is kept for the order.
    Reserved,
    /// A serial is recorded, nothing is signed with it.
    Intended(CertificatePurpose),
    /// The certificate is signed, and no row knows it.
    Signed(CertificatePurpose),
    /// The certificate is recorded.
    Recorded(CertificatePurpose),
    /// The envelope is made, and no row knows it.
    Enveloped,
    /// The result is stored.
    Finished,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 10] = [
        Self::Claimed,
        Self::Reserved,
        Self::Intended(CertificatePurpose::Signing),
        Self::Signed(CertificatePurpose::Signing),
        Self::Recorded(CertificatePurpose::Signing),
        Self::Intended(CertificatePurpose::Encryption),
        Self::Signed(CertificatePurpose::Encryption),
        Self::Recorded(CertificatePurpose::Encryption),
        Self::Enveloped,
        Self::Finished,
    ];

    /// Its word on a command line.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Claimed => "claimed".to_owned(),
            Self::Reserved => "reserved".to_owned(),
            Self::Intended(purpose) => format!("intended-{}", purpose.name()),
            Self::Signed(purpose) => format!("signed-{}", purpose.name()),
            Self::Recorded(purpose) => format!("recorded-{}", purpose.name()),
            Self::Enveloped => "enveloped".to_owned(),
            Self::Finished => "finished".to_owned(),
        }
    }
}

/// Told of each step; may ask to stop there, as a crash would.
pub trait Steps: Send + Sync {
    /// A step is reached. `false` stops the work at this very place.
    fn reached(&self, step: Step) -> bool;
}

/// Goes on, always.
pub struct Onward;

impl Steps for Onward {
    fn reached(&self, _: Step) -> bool {
        true
    }
}

pub(crate) fn reach(steps: &dyn Steps, step: Step) -> Result<(), AuthorityError> {
    if steps.reached(step) {
        Ok(())
    } else {
        Err(AuthorityError::Stopped(step))
    }
}

/// The order that a certificate is made for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The claimed order.
    pub order: &'a ClaimedOrder,
    /// Which of its certificates.
    pub purpose: CertificatePurpose,
}

impl<'a> Order<'a> {
    pub(crate) fn row(self) -> ForOrder<'a> {
        ForOrder {
            order: &self.order.id,
            purpose: self.purpose.name(),
        }
    }
}

/// SHA-256 over a SubjectPublicKeyInfo, lower-case hex: what names a key in the rows.
#[must_use]
pub fn key_sha256(key: &pki::PublicKey) -> String {
    hex::encode(hash(HashAlgorithm::Sha256, key.spki_der()))
}

/// Issues a certificate.
///
/// # Errors
/// See [`AuthorityError`]. Whatever the moment of a crash, the serial is on record.
pub async fn issue(
    authorities: &Authorities,
    authority: &Authority,
    template: &Template,
    order: Option<Order<'_>>,
    steps: &dyn Steps,
) -> Result<Certificate, AuthorityError> {
    let key = authorities.key(authority.id())?;
    for _ in 0..ATTEMPTS {
        match attempt(authorities, authority, template, order, &*key, steps).await {
            Err(AuthorityError::Issuer(IssuerError::SerialTaken)) => {}
            answer => return answer,
        }
    }
    Err(IssuerError::SerialTaken.into())
}

async fn attempt(
    authorities: &Authorities,
    authority: &Authority,
    template: &Template,
    order: Option<Order<'_>>,
    key: &dyn AuthorityKey,
    steps: &dyn Steps,
) -> Result<Certificate, AuthorityError> {
    let at = UnixTime::from(authorities.clock.now());
    let key_sha256 = key_sha256(&template.public_key);
    let randomness = random_bytes(&*authorities.random);
    let (mut issuance, mut effect) = Issuance::begin(authority, template, &randomness, at)?;
    loop {
        let event = match effect {
            Effect::Sign { tbs } => match key.sign(&tbs) {
                Ok(signature) => {
                    step(steps, order, Step::Signed)?;
                    Event::Signed { signature }
                }
                Err(_) => Event::SigningFailed { at },
            },
            Effect::Deliver { certificate } => return Ok(Certificate::from_der(&certificate)?),
            Effect::Abandon(error) => return Err(error.into()),
            record => {
                let reached: fn(CertificatePurpose) -> Step = match &record {
                    Effect::PersistIntent(_) => Step::Intended,
                    _ => Step::Recorded,
                };
                let deed = Record {
                    effect: record,
                    key_sha256: &key_sha256,
                    order,
                    now: authorities.clock.now(),
                };
                let event = match authorities.store.perform(&deed).await? {
                    Ok(event) => event,
                    Err(NotRecorded::GivenUp) => return Err(AuthorityError::GivenUp),
                    Err(NotRecorded::ClaimLost) => return Err(AuthorityError::ClaimLost),
                };
                if event != Event::SerialTaken {
                    step(steps, order, reached)?;
                }
                event
            }
        };
        (issuance, effect) = issuance.step(event)?;
    }
}

fn step(
    steps: &dyn Steps,
    order: Option<Order<'_>>,
    step: fn(CertificatePurpose) -> Step,
) -> Result<(), AuthorityError> {
    order.map_or(Ok(()), |order| reach(steps, step(order.purpose)))
}

enum NotRecorded {
    GivenUp,
    ClaimLost,
}

/// One recording effect of an issuance.
struct Record<'a> {
    effect: Effect,
    key_sha256: &'a str,
    order: Option<Order<'a>>,
    now: domain::Timestamp,
}

impl Deed for Record<'_> {
    type Done = Event;
    type Refused = NotRecorded;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Event, NotRecorded>, StoreError> {
        if let Some(order) = self.order
            && !orders::hold(tx.connection(), order.order, self.now).await?
        {
            return Ok(Err(NotRecorded::ClaimLost));
        }
        Ok(Ok(match &self.effect {
            Effect::PersistIntent(intent) => {
                let for_order = self.order.map(Order::row);
                if !authorities::insert_intent(tx.connection(), intent, self.key_sha256, for_order)
                    .await?
                {
                    return Ok(Ok(Event::SerialTaken));
                }
                Event::IntentPersisted
            }
            Effect::PersistResult(issued) => {
                if !authorities::set_issued(tx.connection(), issued).await? {
                    return Ok(Err(NotRecorded::GivenUp));
                }
                Event::ResultPersisted
            }
            Effect::PersistPossiblyIssued(record) => {
                authorities::set_possibly_issued(tx.connection(), record).await?;
                Event::ResultPersisted
            }
            Effect::Sign { .. } | Effect::Deliver { .. } | Effect::Abandon(_) => {
                return Ok(Err(NotRecorded::GivenUp));
            }
        }))
    }
}
