//! The pool of encryption pairs: made ahead, so that an order does not wait for one; kept wrapped, and sealed in escrow.

use contract::escrow::EscrowPublicKey;
use domain::Timestamp;
use issuer::key_management::EncryptionPair;
use store::key_management::{self, EncryptionKey, NewEncryptionKey, RecoveryKey};
use store::orders::{self, ClaimedOrder};
use store::{Deed, StoreError, Tx};

use super::{CaRole, RoleError};
use crate::authority::AuthorityError;

/// Pairs that are kept ready.
const READY: i64 = 16;
/// How often an order tries to take a pair: each time another order was faster, or one was made.
const ATTEMPTS: usize = 8;

/// Fills the pool up. Does nothing where no recovery key is: no pair may be made that could not be recovered.
///
/// # Errors
/// See [`RoleError`].
pub async fn fill(role: &CaRole) -> Result<usize, RoleError> {
    let Some(recovery) = role.store.recovery_key().await? else {
        return Ok(0);
    };
    let missing = READY - role.store.pool_size().await?;
    let mut made = 0;
    while made < missing {
        make(role, &recovery).await?;
        made += 1;
    }
    Ok(usize::try_from(made.max(0)).unwrap_or(0))
}

async fn make(role: &CaRole, recovery: &RecoveryKey) -> Result<(), RoleError> {
    let escrow_to = EscrowPublicKey::from_bytes(&recovery.public_key)
        .map_err(|_| RoleError::Impossible("recovery_key.public_key"))?;
    let id = role.new_id();
    let mut random = |out: &mut [u8]| role.random.fill(out);
    let pair = EncryptionPair::generate(&mut random);
    let pool_copy = role.secrets.pool.wrap(id.as_str(), &pair, &mut random)?;
    let escrow_copy = pair.escrow(id.as_str(), &escrow_to, &mut random)?;
    let deed = Put {
        new: NewEncryptionKey {
            id: id.as_str(),
            public_key: pair.public_key().spki_der(),
            pool_copy: &pool_copy,
            escrow_copy: &escrow_copy,
            recovery_key: &recovery.id,
            at: role.now(),
        },
        entry: role.new_id(),
    };
    let Ok(()) = role.store.perform(&deed).await?;
    Ok(())
}

/// The pair of an order: the one that it took before, else one of the pool, made where the pool is empty.
pub(super) async fn reserve(
    role: &CaRole,
    order: &ClaimedOrder,
) -> Result<EncryptionKey, RoleError> {
    for _ in 0..ATTEMPTS {
        let deed = Reserve {
            order,
            now: role.now(),
        };
        let taken = role
            .store
            .perform(&deed)
            .await?
            .map_err(|ClaimLost| AuthorityError::ClaimLost)?;
        if let Some(pair) = taken {
            return Ok(pair);
        }
        let recovery = role.store.recovery_key().await?;
        make(role, &recovery.ok_or(RoleError::NoRecoveryKey)?).await?;
    }
    Err(RoleError::Impossible("encryption_key.order_id"))
}

struct Put<'a> {
    new: NewEncryptionKey<'a>,
    entry: domain::Id,
}

impl Deed for Put<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        key_management::insert_key(tx.connection(), &self.new).await?;
        tx.record(&domain::audit::Entry {
            id: self.entry.clone(),
            platform: "-".to_owned(),
            at: self.new.at,
            action: "encryption_key.made".into(),
            actor: None,
            subject: Some(self.new.id.to_owned()),
            detail: serde_json::json!({ "recovery_key": self.new.recovery_key }).to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}

struct ClaimLost;

struct Reserve<'a> {
    order: &'a ClaimedOrder,
    now: Timestamp,
}

impl Deed for Reserve<'_> {
    type Done = Option<EncryptionKey>;
    type Refused = ClaimLost;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Self::Done, ClaimLost>, StoreError> {
        if !orders::hold(tx.connection(), self.order, self.now).await? {
            return Ok(Err(ClaimLost));
        }
        Ok(Ok(key_management::reserve(
            tx.connection(),
            self.order.id.as_str(),
        )
        .await?))
    }
}
