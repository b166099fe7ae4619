//! The list of one shard: served while the records say what it says, made anew when they differ or half its life is over.

use domain::{Span, Timestamp};
use issuer::revocation::{
    ListEffect, ListEvent, ListIntentRecord, ListIssuance, ListRecord, Shard, due_at,
};
use issuer::{Authority, IssuerError, RevocationRecord};
use pki::{SoftwareKey, UnixTime};
use store::authorities;
use store::{Deed, StoreError, Tx, status};

use super::signers;
use crate::AppState;
use crate::authority::AuthorityError;

/// As a whole list's.
const LIFE: Span = Span::hours(24);
/// No signature takes longer: an intent older than this lost its result in a crash.
const INTENT_LIFE: Span = Span::minutes(2);
/// Numbers are tried anew this often.
const ATTEMPTS: usize = 8;

/// The list of a shard of an issuing authority.
///
/// # Errors
/// [`AuthorityError::Unknown`] where no certificate announces such a list.
pub async fn list(state: &AppState, id: &str, shard: Shard) -> Result<ListRecord, AuthorityError> {
    if let Some(list) = state.store.current_shard_list(id, shard).await? {
        let due = due_at(UnixTime(list.this_update), UnixTime(list.next_update));
        if UnixTime::from(state.now()) < due {
            return Ok(list);
        }
    }
    let (authority, _) = state.authorities.open(id).await?;
    if authority.ocsp_url().is_none() {
        return Err(AuthorityError::Unknown(id.to_owned()));
    }
    let key = state.authorities.stored_key(id)?;
    for _ in 0..ATTEMPTS {
        if let Some(list) = publish(state, &authority, shard, &key).await? {
            return Ok(list);
        }
    }
    Err(IssuerError::ListOrder.into())
}

/// Nothing when another process took the number.
async fn publish(
    state: &AppState,
    authority: &Authority,
    shard: Shard,
    key: &SoftwareKey,
) -> Result<Option<ListRecord>, AuthorityError> {
    let now = state.now();
    let gather = Gather {
        issuer: authority.id(),
        shard,
        now,
    };
    let Ok((last, revoked)) = state.store.perform(&gather).await?;
    let number = u64::try_from(last).unwrap_or(0) + 1;
    let next_update = UnixTime::from(now + LIFE);
    let (mut issuance, mut effect) =
        ListIssuance::begin_shard(authority, shard, number, now.into(), next_update, &revoked)?;
    loop {
        let event = match effect {
            ListEffect::PersistNumber(intent) => {
                let deed = Number {
                    intent: &intent,
                    shard,
                    entries: revoked.len(),
                };
                match state.store.perform(&deed).await? {
                    Ok(()) => ListEvent::NumberPersisted,
                    Err(Taken) => return Ok(None),
                }
            }
            ListEffect::Sign { tbs } => ListEvent::Signed {
                signature: signers::sign(key, &tbs)?,
            },
            ListEffect::PersistList(list) => {
                let Ok(()) = state.store.perform(&Keep(&list)).await?;
                ListEvent::ListPersisted
            }
            ListEffect::Publish(list) => return Ok(Some(list)),
        };
        (issuance, effect) = issuance.step(event)?;
    }
}

/// What the next list has to say; intents that a crash left behind are marked first.
struct Gather<'a> {
    issuer: &'a str,
    shard: Shard,
    now: Timestamp,
}

impl Deed for Gather<'_> {
    type Done = (i64, Vec<RevocationRecord>);
    type Refused = std::convert::Infallible;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Self::Done, Self::Refused>, StoreError> {
        let before = self.now - INTENT_LIFE;
        authorities::recover(tx.connection(), self.issuer, before, self.now).await?;
        let last = authorities::last_number(tx.connection(), self.issuer).await?;
        let revoked = status::revoked_in_shard(tx.connection(), self.issuer, self.shard).await?;
        Ok(Ok((last, revoked)))
    }
}

struct Taken;

struct Number<'a> {
    intent: &'a ListIntentRecord,
    shard: Shard,
    entries: usize,
}

impl Deed for Number<'_> {
    type Done = ();
    type Refused = Taken;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Taken>, StoreError> {
        let taken =
            status::insert_shard_number(tx.connection(), self.intent, self.shard, self.entries)
                .await?;
        Ok(if taken { Ok(()) } else { Err(Taken) })
    }
}

struct Keep<'a>(&'a ListRecord);

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        authorities::set_list(tx.connection(), self.0).await?;
        Ok(Ok(()))
    }
}
