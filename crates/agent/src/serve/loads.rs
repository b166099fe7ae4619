//! Loads of the page: each has its own token, binds to the first origin that asks, and answers once.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::DiagnosisReport;
use pki::UnixTime;

use crate::consent::{Capability, Grants};
use crate::origin::Site;
use crate::signing::{Asked, Picked};
use crate::writing::Writing;

/// Most loads that are remembered; the oldest goes first.
const MAX_LOADS: usize = 32;
/// How long a load that nobody uses is remembered, in seconds.
const IDLE_SECONDS: i64 = 30 * 60;

/// The loads by their tokens.
#[derive(Default)]
pub struct Loads(Mutex<HashMap<String, Slot>>);

struct Slot {
    load: Arc<Load>,
    used: UnixTime,
}

/// Which of the agent's two pages a load is of. What the one may ask, the other may not: a site can open and
/// place the popup, and nothing that is decided there changes the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The popup, which a site opens.
    Popup,
    /// The agent's own page.
    Home,
}

/// One load of a page.
pub struct Load {
    /// Of which page.
    pub kind: Kind,
    /// On the agent's own page: what was taken back last, so that it can be undone.
    pub withdrawn: Mutex<Option<Withdrawn>>,
    /// What the page has come to. Held while it signs, so that one page signs one thing at a time.
    pub stage: tokio::sync::Mutex<Stage>,
}

/// What was taken back in one deed.
pub struct Withdrawn {
    /// Which deed, so that an undo means this one.
    pub id: u64,
    /// Consents with their dates.
    pub grants: Grants,
    /// Sites that were enabled in the settings.
    pub enabled: Vec<(String, Capability)>,
}

/// What a page has come to.
#[derive(Default)]
pub struct Stage {
    /// The site and what it asks, once it asked.
    pub bound: Option<Bound>,
    /// The file that was picked for a seal.
    pub picked: Option<Picked>,
    /// What it writes to a token, where it asked for that.
    pub writing: Option<Writing>,
    /// What the doctor found, as the window showed it: what was read is what goes.
    pub report: Option<DiagnosisReport>,
    /// Whether the answer was given; then there is no second one.
    pub answered: bool,
}

/// The site that the page is bound to, and what it asks.
pub struct Bound {
    /// The site.
    pub site: Site,
    /// What it asks.
    pub asked: Asked,
    /// The capability that this needs.
    pub capability: Capability,
}

impl Loads {
    /// A new load; returns its token, 32 random bytes in base64url.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn open(&self, kind: Kind, now: UnixTime) -> io::Result<String> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let token = URL_SAFE_NO_PAD.encode(random);
        let mut loads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loads.retain(|_, slot| now.0 - slot.used.0 < IDLE_SECONDS);
        if loads.len() >= MAX_LOADS {
            let oldest = loads
                .iter()
                .min_by_key(|(_, slot)| slot.used)
                .map(|(token, _)| token.clone());
            if let Some(oldest) = oldest {
                loads.remove(&oldest);
            }
        }
        loads.insert(
            token.clone(),
            Slot {
                load: Arc::new(Load {
                    kind,
                    withdrawn: Mutex::default(),
                    stage: tokio::sync::Mutex::default(),
                }),
                used: now,
            },
        );
        Ok(token)
    }

    /// The load of a token.
    pub fn find(&self, token: &str, now: UnixTime) -> Option<Arc<Load>> {
        let mut loads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = loads.get_mut(token)?;
        if now.0 - slot.used.0 >= IDLE_SECONDS {
            loads.remove(token);
            return None;
        }
        slot.used = now;
        Some(Arc::clone(&slot.load))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_load_has_its_own_token_and_an_idle_one_is_forgotten() {
        let loads = Loads::default();
        let first = loads.open(Kind::Popup, UnixTime(0)).unwrap();
        let second = loads.open(Kind::Popup, UnixTime(0)).unwrap();
        assert_ne!(first, second);
        assert_eq!(first.len(), 43);
        assert!(loads.find(&first, UnixTime(1000)).is_some());
        assert!(loads.find(&second, UnixTime(1800)).is_none());
        assert!(loads.find(&first, UnixTime(1800)).is_some());
        assert!(loads.find("", UnixTime(0)).is_none());
    }

    #[test]
    fn the_oldest_load_goes_when_there_are_too_many() {
        let loads = Loads::default();
        let first = loads.open(Kind::Popup, UnixTime(0)).unwrap();
        for at in 1..=32 {
            loads.open(Kind::Popup, UnixTime(at)).unwrap();
        }
        assert!(loads.find(&first, UnixTime(33)).is_none());
    }
}
