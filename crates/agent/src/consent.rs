//! Consent: by origin and capability, given in the agent's own window, kept until it is taken back.
//!
//! Sealing and writing to a token can't be consented to by a click alone: consent is only given for a
//! [`Permitted`], and that exists only for sites of the catalogue or those that the user enabled in the
//! settings. The same is asked again at every signature.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use contract::Intent;
use pki::UnixTime;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::origin::OriginPolicy;
use crate::rfc3339;
use crate::settings::Settings;

/// Seconds within which a second use is not written down: a batch is one use.
const SAME_USE: i64 = 60;

/// What a site may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// See the certificate of a key that the user picks. Nothing is signed.
    Check,
    /// See what is wrong on this computer, redacted, as the user reads it first. Nothing is signed.
    Diagnose,
    /// Log in.
    Login,
    /// Bind a key, or release it.
    Bind,
    /// Seal documents. Never given by a first click in a popup: see [`crate::settings`].
    Seal,
    /// Write certificates and keys to a token. Never given by a first click in a popup either.
    Write,
}

impl Capability {
    /// The capability that an intent needs.
    pub fn of(intent: &Intent) -> Capability {
        match intent {
            Intent::Check(_) => Capability::Check,
            Intent::Diagnose(_) => Capability::Diagnose,
            Intent::Login(_) => Capability::Login,
            Intent::Bind(_) | Intent::Unbind(_) => Capability::Bind,
            Intent::Seal(_) => Capability::Seal,
            Intent::Produce(_) | Intent::Renew(_) | Intent::Unlock(_) => Capability::Write,
        }
    }

    /// Whether a site must be listed, or enabled in the settings, before its user is asked at all.
    pub fn needs_enabling(self) -> bool {
        matches!(self, Capability::Seal | Capability::Write)
    }
}

/// A site and a capability that it may ask for: what consent is given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permitted {
    origin: String,
    capability: Capability,
}

impl Permitted {
    /// Whether `origin` may ask for `capability` at all: it is admitted, and for a seal or a write it is
    /// listed by the catalogue or enabled in the settings.
    pub fn by(
        policy: &OriginPolicy,
        settings: &Settings,
        origin: &str,
        capability: Capability,
    ) -> Option<Permitted> {
        policy.admit(origin).ok()?;
        let may = !capability.needs_enabling()
            || policy.is_listed(origin)
            || settings.is_enabled(origin, capability);
        may.then(|| Permitted {
            origin: origin.to_owned(),
            capability,
        })
    }
}

/// A consent that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// When, RFC 3339 UTC; absent for one that was given before dates were kept.
    pub given: Option<String>,
    /// When it was last used, to the minute.
    pub used: Option<String>,
}

/// Consents by origin and capability.
pub type Grants = BTreeMap<String, BTreeMap<Capability, Grant>>;

/// The consents that were given, in a file.
#[derive(Debug)]
pub struct Consents {
    path: PathBuf,
    given: Grants,
}

/// What a file holds of a site: capabilities with their dates, or, from the first version, without.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Dated(BTreeMap<Capability, Grant>),
    Bare(BTreeSet<Capability>),
}

impl Consents {
    /// Reads the file in the state folder; a missing one means that nothing was given.
    ///
    /// # Errors
    /// What the system says, or a file that is not ours.
    pub fn open(folder: &Path) -> io::Result<Consents> {
        let path = folder.join("consents.json");
        let stored: BTreeMap<String, Stored> = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let dated = |stored| match stored {
            Stored::Dated(grants) => grants,
            Stored::Bare(bare) => bare.into_iter().map(|of| (of, Grant::default())).collect(),
        };
        let given = stored
            .into_iter()
            .map(|(origin, stored)| (origin, dated(stored)))
            .collect();
        Ok(Consents { path, given })
    }

    /// Whether it was given. That the site may still ask is [`Permitted::by`]'s to say.
    pub fn has(&self, origin: &str, capability: Capability) -> bool {
        self.given
            .get(origin)
            .is_some_and(|capabilities| capabilities.contains_key(&capability))
    }

    /// Gives it. What was given before keeps its date.
    ///
    /// # Errors
    /// What the system says; then nothing was given.
    pub fn give(&mut self, permitted: &Permitted, now: UnixTime) -> io::Result<()> {
        if self.has(&permitted.origin, permitted.capability) {
            return Ok(());
        }
        let grant = Grant {
            given: Some(rfc3339(now)),
            used: None,
        };
        self.put_back(permitted, grant)
    }

    /// Gives back what was taken back, dates and all.
    ///
    /// # Errors
    /// What the system says; then nothing was given.
    pub fn put_back(&mut self, permitted: &Permitted, grant: Grant) -> io::Result<()> {
        let mut given = self.given.clone();
        given
            .entry(permitted.origin.clone())
            .or_default()
            .insert(permitted.capability, grant);
        self.store(given)
    }

    /// Writes down that it was used, where it was given and the last use is not of this very minute.
    ///
    /// # Errors
    /// What the system says.
    pub fn used(&mut self, origin: &str, capability: Capability, now: UnixTime) -> io::Result<()> {
        let mut given = self.given.clone();
        let grant = given
            .get_mut(origin)
            .and_then(|grants| grants.get_mut(&capability));
        let Some(grant) = grant else { return Ok(()) };
        let last = grant
            .used
            .as_deref()
            .and_then(|at| at.parse::<jiff::Timestamp>().ok());
        if last.is_some_and(|last| (0..SAME_USE).contains(&(now.0 - last.as_second()))) {
            return Ok(());
        }
        grant.used = Some(rfc3339(now));
        self.store(given)
    }

    /// Takes back one capability of a site, or all; returns what was taken.
    ///
    /// # Errors
    /// What the system says; then nothing was taken back.
    pub fn withdraw(
        &mut self,
        origin: Option<&str>,
        capability: Option<Capability>,
    ) -> io::Result<Grants> {
        let (mut kept, mut taken) = (Grants::new(), Grants::new());
        for (of, grants) in &self.given {
            for (what, grant) in grants {
                let hit = origin.is_none_or(|origin| origin == of)
                    && capability.is_none_or(|capability| capability == *what);
                let side = if hit { &mut taken } else { &mut kept };
                side.entry(of.clone())
                    .or_default()
                    .insert(*what, grant.clone());
            }
        }
        if !taken.is_empty() {
            self.store(kept)?;
        }
        Ok(taken)
    }

    /// Takes back everything from a site; says whether there was anything.
    ///
    /// # Errors
    /// What the system says; then nothing was taken back.
    pub fn revoke(&mut self, origin: &str) -> io::Result<bool> {
        Ok(!self.withdraw(Some(origin), None)?.is_empty())
    }

    /// What was given, by origin, with its dates.
    pub fn grants(&self) -> &Grants {
        &self.given
    }

    /// What was given, by origin.
    pub fn given(&self) -> BTreeMap<String, BTreeSet<Capability>> {
        let capabilities = |grants: &BTreeMap<Capability, Grant>| grants.keys().copied().collect();
        self.given
            .iter()
            .map(|(origin, grants)| (origin.clone(), capabilities(grants)))
            .collect()
    }

    fn store(&mut self, given: Grants) -> io::Result<()> {
        files::replace(&self.path, &serde_json::to_vec_pretty(&given)?)?;
        self.given = given;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk {
        folder: tempfile::TempDir,
        policy: OriginPolicy,
        settings: Settings,
    }

    impl Desk {
        fn new() -> Desk {
            let folder = tempfile::tempdir().unwrap();
            let name = catalogue::Text {
                zh: "甲".into(),
                en: "A".into(),
            };
            let listed = vec![("https://listed.example.cn".to_owned(), name)];
            Desk {
                settings: Settings::open(folder.path()).unwrap(),
                policy: OriginPolicy::new(Vec::new(), listed).unwrap(),
                folder,
            }
        }

        fn may(&self, origin: &str, capability: Capability) -> Option<Permitted> {
            Permitted::by(&self.policy, &self.settings, origin, capability)
        }

        fn consents(&self) -> Consents {
            Consents::open(self.folder.path()).unwrap()
        }
    }

    const A: &str = "https://www.a.com.cn";

    #[test]
    fn consent_is_by_origin_and_capability_and_survives_a_restart() {
        let desk = Desk::new();
        let login = desk.may(A, Capability::Login).unwrap();
        desk.consents().give(&login, UnixTime(60)).unwrap();
        let mut again = desk.consents();
        assert!(again.has(A, Capability::Login));
        assert!(!again.has(A, Capability::Bind));
        assert!(!again.has("https://b.cn", Capability::Login));
        let grant = &again.grants()[A][&Capability::Login];
        assert_eq!(grant.given.as_deref(), Some("1970-01-01T00:01:00Z"));
        assert!(again.revoke(A).unwrap());
        assert!(!desk.consents().has(A, Capability::Login));
    }

    #[test]
    fn a_seal_or_a_write_can_be_consented_to_only_where_the_site_is_listed_or_enabled() {
        let mut desk = Desk::new();
        for capability in [Capability::Seal, Capability::Write] {
            assert!(desk.may(A, capability).is_none());
            assert!(desk.may("https://listed.example.cn", capability).is_some());
            desk.settings.set_enabled(A, capability, true).unwrap();
            assert!(desk.may(A, capability).is_some());
            desk.settings.set_enabled(A, capability, false).unwrap();
            assert!(desk.may(A, capability).is_none());
        }
        desk.settings
            .set_enabled("http://plain.cn", Capability::Seal, true)
            .unwrap();
        assert!(
            desk.may("http://plain.cn", Capability::Seal).is_none(),
            "an origin that is not admitted stays out, whatever the settings say"
        );
    }

    #[test]
    fn what_was_taken_back_can_be_put_back_with_its_dates() {
        let desk = Desk::new();
        let mut consents = desk.consents();
        let login = desk.may(A, Capability::Login).unwrap();
        consents.give(&login, UnixTime(60)).unwrap();
        consents.used(A, Capability::Login, UnixTime(120)).unwrap();
        consents.used(A, Capability::Login, UnixTime(150)).unwrap();
        let before = consents.grants().clone();
        assert_eq!(
            before[A][&Capability::Login].used.as_deref(),
            Some("1970-01-01T00:02:00Z"),
            "a use within the minute is the same use"
        );
        let taken = consents.withdraw(Some(A), Some(Capability::Login)).unwrap();
        assert!(consents.grants().is_empty());
        consents
            .put_back(&login, taken[A][&Capability::Login].clone())
            .unwrap();
        assert_eq!(desk.consents().grants(), &before);
        assert!(
            consents
                .withdraw(Some("https://b.cn"), None)
                .unwrap()
                .is_empty()
        );
        assert_eq!(consents.withdraw(None, None).unwrap(), before);
    }

    #[test]
    fn a_file_of_the_first_version_is_read_and_its_dates_are_not_known() {
        let desk = Desk::new();
        let text = r#"{ "https://www.a.com.cn": ["login", "seal"] }"#;
        std::fs::write(desk.folder.path().join("consents.json"), text).unwrap();
        let consents = desk.consents();
        assert!(consents.has(A, Capability::Seal) && !consents.has(A, Capability::Bind));
        assert_eq!(consents.grants()[A][&Capability::Login], Grant::default());
    }
}
