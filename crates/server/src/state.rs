//! What every endpoint has at hand.

use std::ops::Deref;
use std::sync::Arc;

use domain::challenge::ChallengeKey;
use domain::{Clock, Id, Randomness, Timestamp};
use store::Store;

use crate::authority::Authorities;
use crate::files::Files;
use crate::payments::Gateway;
use crate::revocation::RevocationLists;
use crate::rules::{RuleBook, Rules};
use crate::status::Desks;
use crate::workshop::Workshop;

/// The wiring, shared by all requests. Cloning copies a pointer.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The parts of an [`AppState`].
pub struct Parts {
    /// The database.
    pub store: Arc<Store>,
    /// Documents: the object store, and a spool for work that can be lost.
    pub files: Files,
    /// The font for seals, and places for heavy work.
    pub workshop: Workshop,
    /// Catalogue and platforms.
    pub rules: RuleBook,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The generator.
    pub random: Arc<dyn Randomness>,
    /// The MAC key of challenges.
    pub challenge_key: ChallengeKey,
    /// The port that platforms with `{port}` in their origin are reached at.
    pub port: u16,
    /// The fixed list of ports on which a page looks for the agent.
    pub agent_ports: Vec<u16>,
    /// Where revocation lists come from.
    pub revocation: Arc<dyn RevocationLists>,
    /// The demonstration's certification authorities.
    pub authorities: Authorities,
    /// Responders and time-stamping authorities, opened once.
    pub status: Desks,
    /// The payment gateway.
    pub gateway: Gateway,
    /// Told when a job was scheduled.
    pub jobs_changed: tokio::sync::Notify,
}

impl AppState {
    /// Wires the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new identifier.
    #[must_use]
    pub fn new_id(&self) -> Id {
        Id::new(self.now(), &*self.random)
    }

    /// The rules as their files say now.
    #[must_use]
    pub fn current_rules(&self) -> Arc<Rules> {
        self.rules.current(self.now())
    }
}

impl Deref for AppState {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
