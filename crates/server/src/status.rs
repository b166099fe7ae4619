//! Answers for certificates: responders, time-stamping authorities, and lists by shard.
//!
//! The machines are `issuer::ocsp`, `issuer::tsa` and `issuer::revocation`; here they are driven: each effect is performed
//! in the order in which it comes. Responders and time-stamping authorities have keys of their own, so that an
//! authority's key signs certificates and lists alone.

pub mod lists;
pub mod ocsp;
pub mod presign;
pub mod seal_maker;
mod signers;
pub mod tsa;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Timestamp;

use crate::authority::{Authorities, AuthorityError};

/// What was opened, by authority. A cache: it may be lost at any time, and every server has its own.
#[derive(Default)]
pub struct Desks {
    responders: Cached<ocsp::Desk>,
    stampers: Cached<tsa::Desk>,
    makers: Cached<seal_maker::Desk>,
}

/// What whoever has the authorities' keys does from time to time: certifies responders, time-stamping
/// authorities and seal makers, and makes the lists of shards.
///
/// # Errors
/// See [`AuthorityError`]. An authority whose key is not here is passed over.
pub async fn stand_by(authorities: &Authorities) -> Result<(), AuthorityError> {
    for id in authorities.store.issuing_authorities().await? {
        if !authorities.can_sign(&id) {
            continue;
        }
        ocsp::certify(authorities, &id).await?;
        tsa::certify(authorities, &id).await?;
        seal_maker::certify(authorities, &id).await?;
        lists::publish_due(authorities, &id).await?;
    }
    Ok(())
}

/// Opened desks, each until its certificate is to be renewed.
struct Cached<T>(Mutex<HashMap<String, (Arc<T>, Timestamp)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Cached<T> {
    fn current(&self, id: &str, now: Timestamp) -> Option<Arc<T>> {
        let desks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        desks
            .get(id)
            .filter(|(_, until)| now < *until)
            .map(|(desk, _)| Arc::clone(desk))
    }

    fn keep(&self, id: &str, desk: T, until: Timestamp) -> Arc<T> {
        let desk = Arc::new(desk);
        let mut desks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        desks.insert(id.to_owned(), (Arc::clone(&desk), until));
        desk
    }
}
