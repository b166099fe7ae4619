//! What sites may do, by origin and capability; taking it back, and undoing that.

mod list;
mod restore;
mod revoke;

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::routing::post;
use serde::Serialize;

use crate::consent::{Capability, Grants};
use crate::serve::Agent;
use crate::serve::loads::{Load, Withdrawn};

pub fn routes() -> Router<Arc<Agent>> {
    Router::new()
        .route("/", post(list::list))
        .route("/revoke", post(revoke::revoke))
        .route("/restore", post(restore::restore))
}

/// What was taken back, for the line that offers to undo it.
#[derive(Serialize)]
pub struct Undo {
    /// Names the deed; absent where nothing was there to take back.
    undo: Option<u64>,
    /// How many capabilities of sites it was.
    taken: usize,
}

/// Keeps what was taken back with the load that did it, in place of the deed before.
pub fn keep(load: &Load, grants: Grants, enabled: Vec<(String, Capability)>) -> Undo {
    let taken = grants.values().map(|of| of.len()).sum::<usize>() + enabled.len();
    if taken == 0 {
        return Undo { undo: None, taken };
    }
    let mut slot = load
        .withdrawn
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let id = slot.as_ref().map_or(1, |before| before.id + 1);
    *slot = Some(Withdrawn {
        id,
        grants,
        enabled,
    });
    Undo {
        undo: Some(id),
        taken,
    }
}
