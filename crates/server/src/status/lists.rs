//! The list of one shard: served while the records say what it says, made anew when they differ or half its life is over.

use domain::{Span, Timestamp};
use issuer::revocation::{
    ListEffect, ListEvent, ListIntentRecord, ListIssuance, ListRecord, Shard, due_at,
};
use issuer::{Authority, IssuerError, RevocationRecord};
use pki::UnixTime;
use store::authorities;
use store::{Deed, StoreError, Tx, status};

use crate::authority::vault::{AuthorityKey, VaultError};
use crate::authority::{Authorities, AuthorityError};

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
pub async fn list(
    authorities: &Authorities,
    id: &str,
    shard: Shard,
) -> Result<ListRecord, AuthorityError> {
    let current = authorities.store.current_shard_list(id, shard).await?;
    if let Some(list) = current.as_ref().filter(|list| !is_due(list, authorities)) {
        return Ok(list.clone());
    }
    match (make(authorities, id, shard).await, current) {
        // Whoever has the key makes the next one; until then this is what there is.
        (Err(AuthorityError::Vault(VaultError::Absent(_))), Some(list)) => Ok(list),
        (answer, _) => answer,
    }
}

/// Makes the lists of those shards of an issuing authority whose list is due, or says something else than the records.
///
/// # Errors
/// See [`AuthorityError`].
pub async fn publish_due(authorities: &Authorities, id: &str) -> Result<usize, AuthorityError> {
    let mut made = 0;
    for shard in Shard::all() {
        let current = authorities.store.current_shard_list(id, shard).await?;
        if current.is_none_or(|list| is_due(&list, authorities)) {
            make(authorities, id, shard).await?;
            made += 1;
        }
    }
    Ok(made)
}

fn is_due(list: &ListRecord, authorities: &Authorities) -> bool {
    let due = due_at(UnixTime(list.this_update), UnixTime(list.next_update));
    UnixTime::from(authorities.clock.now()) >= due
}

async fn make(
    authorities: &Authorities,
    id: &str,
    shard: Shard,
) -> Result<ListRecord, AuthorityError> {
    let (authority, _) = authorities.open(id).await?;
    if authority.ocsp_url().is_none() {
        return Err(AuthorityError::Unknown(id.to_owned()));
    }
    let key = authorities.key(id)?;
    for _ in 0..ATTEMPTS {
        if let Some(list) = publish(authorities, &authority, shard, &*key).await? {
            return Ok(list);
        }
    }
    Err(IssuerError::ListOrder.into())
}

/// Nothing when another process took the number.
async fn publish(
    authorities: &Authorities,
    authority: &Authority,
    shard: Shard,
    key: &dyn AuthorityKey,
) -> Result<Option<ListRecord>, AuthorityError> {
    let store = &authorities.store;
    let now = authorities.clock.now();
    let gather = Gather {
        issuer: authority.id(),
        shard,
        now,
    };
    let Ok((last, revoked)) = store.perform(&gather).await?;
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
                match store.perform(&deed).await? {
                    Ok(()) => ListEvent::NumberPersisted,
                    Err(Taken) => return Ok(None),
                }
            }
            ListEffect::Sign { tbs } => ListEvent::Signed {
                signature: key.sign(&tbs)?,
            },
            ListEffect::PersistList(list) => {
                let Ok(()) = store.perform(&Keep(&list)).await?;
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
