//! Stamping: record the serial → sign → answer.

use std::sync::Arc;

use domain::entropy::random_bytes;
use issuer::tsa::{
    StampEffect, StampEvent, StampRecord, StampRefusal, Stamping, TimeStampAuthority, tsa_template,
};
use pki::oid;
use store::status::{self, Role};
use store::{Deed, StoreError, Tx};

use super::signers::{self, Life};
use crate::AppState;
use crate::authority::vault::AuthorityKey;
use crate::authority::{Authorities, AuthorityError};

/// Stamps are to be verified for years after they were made.
const LIFE: Life = Life {
    days: 5 * 365,
    renewed_at: 365,
};
/// Serials are tried anew this often.
const ATTEMPTS: usize = 8;

/// An opened time-stamping authority.
pub struct Desk {
    authority: TimeStampAuthority,
    key: Arc<dyn AuthorityKey>,
}

/// Answers a request, DER, with a DER TimeStampResp.
///
/// # Errors
/// [`AuthorityError::Unknown`] where nobody stamps under this id, else what failed. What is wrong with the request is
/// told in an answer.
pub async fn stamp(state: &AppState, id: &str, request: &[u8]) -> Result<Vec<u8>, AuthorityError> {
    let desk = open(state, id).await?;
    for _ in 0..ATTEMPTS {
        let randomness = random_bytes(&*state.random);
        let begun = Stamping::begin(&desk.authority, request, &randomness, state.now().into());
        let (mut stamping, mut effect) = match begun {
            Ok(begun) => begun,
            Err(refusal) => return Ok(refusal.response()),
        };
        loop {
            let event = match effect {
                StampEffect::PersistSerial(record) => {
                    match state.store.perform(&Record(&record)).await? {
                        Ok(()) => StampEvent::SerialPersisted,
                        // Another one has it: begin again.
                        Err(Taken) => break,
                    }
                }
                StampEffect::Sign { attributes } => StampEvent::Signed {
                    signature: desk.key.sign(&attributes)?,
                },
                StampEffect::Respond { response } => return Ok(response),
            };
            (stamping, effect) = stamping.step(event)?;
        }
    }
    Ok(StampRefusal::System.response())
}

/// Sees that the time-stamping authority of an issuing authority has a certificate that lasts.
pub(super) async fn certify(authorities: &Authorities, id: &str) -> Result<(), AuthorityError> {
    signers::open(authorities, id, Role::Tsa, &LIFE, tsa_template)
        .await
        .map(drop)
}

async fn open(state: &AppState, id: &str) -> Result<Arc<Desk>, AuthorityError> {
    if let Some(desk) = state.status.stampers.current(id, state.now()) {
        return Ok(desk);
    }
    let opened = signers::open(&state.authorities, id, Role::Tsa, &LIFE, tsa_template).await?;
    let desk = Desk {
        authority: TimeStampAuthority::new(
            &format!("{id}-tsa"),
            &opened.certificate,
            std::slice::from_ref(&opened.issuer),
            oid::YINXIN_DEMO_TIME_STAMP_POLICY,
        )?,
        key: opened.key,
    };
    Ok(state.status.stampers.keep(id, desk, opened.until))
}

struct Taken;

struct Record<'a>(&'a StampRecord);

impl Deed for Record<'_> {
    type Done = ();
    type Refused = Taken;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Taken>, StoreError> {
        let fresh = status::insert_stamp(tx.connection(), self.0).await?;
        Ok(if fresh { Ok(()) } else { Err(Taken) })
    }
}
