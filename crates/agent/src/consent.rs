//! Consent: by origin and capability, given in the agent's own window, kept until it is taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use contract::Intent;
use serde::{Deserialize, Serialize};

use crate::files;

/// What a site may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// See the certificate of a key that the user picks. Nothing is signed.
    Check,
    /// Log in.
    Login,
    /// Bind a key, or release it.
    Bind,
    /// Seal documents. Never given by a first click in a popup: see [`crate::settings`].
    Seal,
}

impl Capability {
    /// The capability that an intent needs.
    pub fn of(intent: &Intent) -> Capability {
        match intent {
            Intent::Check(_) => Capability::Check,
            Intent::Login(_) => Capability::Login,
            Intent::Bind(_) | Intent::Unbind(_) => Capability::Bind,
            Intent::Seal(_) => Capability::Seal,
        }
    }
}

/// The consents that were given, in a file.
#[derive(Debug)]
pub struct Consents {
    path: PathBuf,
    given: BTreeMap<String, BTreeSet<Capability>>,
}

impl Consents {
    /// Reads the file in the state folder; a missing one means that nothing was given.
    ///
    /// # Errors
    /// What the system says, or a file that is not ours.
    pub fn open(folder: &Path) -> io::Result<Consents> {
        let path = folder.join("consents.json");
        let given = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Consents { path, given })
    }

    /// Whether it was given.
    pub fn has(&self, origin: &str, capability: Capability) -> bool {
        self.given
            .get(origin)
            .is_some_and(|capabilities| capabilities.contains(&capability))
    }

    /// Gives it.
    ///
    /// # Errors
    /// What the system says; then nothing was given.
    pub fn give(&mut self, origin: &str, capability: Capability) -> io::Result<()> {
        let mut given = self.given.clone();
        given
            .entry(origin.to_owned())
            .or_default()
            .insert(capability);
        self.store(given)
    }

    /// Takes back everything from a site; says whether there was anything.
    ///
    /// # Errors
    /// What the system says; then nothing was taken back.
    pub fn revoke(&mut self, origin: &str) -> io::Result<bool> {
        let mut given = self.given.clone();
        let had = given.remove(origin).is_some();
        self.store(given)?;
        Ok(had)
    }

    /// What was given, by origin.
    pub fn given(&self) -> &BTreeMap<String, BTreeSet<Capability>> {
        &self.given
    }

    fn store(&mut self, given: BTreeMap<String, BTreeSet<Capability>>) -> io::Result<()> {
        files::replace(&self.path, &serde_json::to_vec_pretty(&given)?)?;
        self.given = given;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_is_by_origin_and_capability_and_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut consents = Consents::open(folder.path()).unwrap();
        consents.give("https://a.cn", Capability::Login).unwrap();
        let mut again = Consents::open(folder.path()).unwrap();
        assert!(again.has("https://a.cn", Capability::Login));
        assert!(!again.has("https://a.cn", Capability::Bind));
        assert!(!again.has("https://b.cn", Capability::Login));
        assert!(again.revoke("https://a.cn").unwrap());
        assert!(
            !Consents::open(folder.path())
                .unwrap()
                .has("https://a.cn", Capability::Login)
        );
    }
}
