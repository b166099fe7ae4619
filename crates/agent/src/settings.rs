//! The agent's own settings: sites that may ask for a seal or a write, the phrase that every window shows, the
//! language, and where the PIN is entered.
//!
//! The phrase is made at the first start. Another user who took the port first could show a false window,
//! but not this phrase: it lies in a folder that only its owner reads.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::consent::Capability;
use crate::files;
use crate::prompt::{Language, PinEntry};
use crate::tray;

/// Longest phrase in characters.
pub const MAX_PHRASE_CHARS: usize = 24;

const FIRST: [&str; 16] = [
    "青山", "明月", "清泉", "松风", "春江", "秋水", "白云", "晨光", "长亭", "古道", "远帆", "新竹",
    "朝露", "晚霞", "星河", "梅雪",
];
const SECOND: [&str; 16] = [
    "白鹭", "归雁", "锦鲤", "黄鹂", "玉兔", "仙鹤", "翠鸟", "画眉", "鸳鸯", "麋鹿", "苍鹰", "喜鹊",
    "蜻蜓", "海豚", "骏马", "春燕",
];

/// The settings, in a file.
#[derive(Debug)]
pub struct Settings {
    path: PathBuf,
    values: Values,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    phrase: String,
    #[serde(default)]
    seal_origins: BTreeSet<String>,
    #[serde(default)]
    write_origins: BTreeSet<String>,
    #[serde(default)]
    language: Option<Language>,
    #[serde(default)]
    pin_entry: PinEntry,
    #[serde(default)]
    key_files: bool,
    #[serde(default)]
    tray: tray::Wanted,
}

impl Settings {
    /// Reads the settings, or makes them with a phrase from the system's randomness.
    ///
    /// # Errors
    /// What the system says, or a file that is not ours.
    pub fn open(folder: &Path) -> io::Result<Settings> {
        let path = folder.join("settings.json");
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Settings {
                path,
                values: serde_json::from_slice(&bytes)?,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut random = [0; 3];
                getrandom::fill(&mut random).map_err(io::Error::other)?;
                let word = |list: &[&'static str; 16], byte: u8| list[usize::from(byte) % 16];
                let phrase = format!(
                    "{}{} {:02}",
                    word(&FIRST, random[0]),
                    word(&SECOND, random[1]),
                    random[2] % 100
                );
                let values = Values {
                    phrase,
                    seal_origins: BTreeSet::new(),
                    write_origins: BTreeSet::new(),
                    language: None,
                    pin_entry: PinEntry::default(),
                    key_files: false,
                    tray: tray::Wanted::default(),
                };
                let mut settings = Settings {
                    path,
                    values: values.clone(),
                };
                settings.store(values)?;
                Ok(settings)
            }
            Err(error) => Err(error),
        }
    }

    /// The phrase that every window shows.
    pub fn phrase(&self) -> &str {
        &self.values.phrase
    }

    /// Sets the phrase; one line of at most 24 characters.
    ///
    /// # Errors
    /// `InvalidInput` for another form, or what the system says.
    pub fn set_phrase(&mut self, phrase: &str) -> io::Result<()> {
        let phrase = phrase.trim();
        if phrase.is_empty()
            || phrase.chars().count() > MAX_PHRASE_CHARS
            || phrase.chars().any(char::is_control)
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a phrase is one line of 1 to 24 characters",
            ));
        }
        self.store(Values {
            phrase: phrase.to_owned(),
            ..self.values.clone()
        })
    }

    /// The language that was chosen; `None`: the browser's.
    pub fn language(&self) -> Option<Language> {
        self.values.language
    }

    /// Chooses the language.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_language(&mut self, language: Option<Language>) -> io::Result<()> {
        self.store(Values {
            language,
            ..self.values.clone()
        })
    }

    /// Where the PIN is entered.
    pub fn pin_entry(&self) -> PinEntry {
        self.values.pin_entry
    }

    /// Chooses where the PIN is entered.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_pin_entry(&mut self, pin_entry: PinEntry) -> io::Result<()> {
        self.store(Values {
            pin_entry,
            ..self.values.clone()
        })
    }

    /// Whether key files, which are no hardware, may sign for sites.
    pub fn key_files(&self) -> bool {
        self.values.key_files
    }

    /// Lets key files sign for sites, or no longer.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_key_files(&mut self, key_files: bool) -> io::Result<()> {
        self.store(Values {
            key_files,
            ..self.values.clone()
        })
    }

    /// Whether the desktop's tray is used.
    pub fn tray(&self) -> tray::Wanted {
        self.values.tray
    }

    /// Uses the desktop's tray where there is one, or never.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_tray(&mut self, tray: tray::Wanted) -> io::Result<()> {
        self.store(Values {
            tray,
            ..self.values.clone()
        })
    }

    /// Whether the user enabled this origin for a capability that needs it.
    pub fn is_enabled(&self, origin: &str, capability: Capability) -> bool {
        match capability {
            Capability::Seal => self.values.seal_origins.contains(origin),
            Capability::Write => self.values.write_origins.contains(origin),
            Capability::Check | Capability::Diagnose | Capability::Login | Capability::Bind => {
                false
            }
        }
    }

    /// The origins that the user let ask for seals.
    pub fn seal_origins(&self) -> impl Iterator<Item = &str> {
        self.values.seal_origins.iter().map(String::as_str)
    }

    /// What the user enabled: origins with the capability.
    pub fn enabled(&self) -> impl Iterator<Item = (&str, Capability)> {
        let seal = self.seal_origins().map(|origin| (origin, Capability::Seal));
        let write = self.values.write_origins.iter();
        seal.chain(write.map(|origin| (origin.as_str(), Capability::Write)))
    }

    /// Enables an origin for seals or writes, or no longer. Other capabilities need none: nothing changes.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_enabled(
        &mut self,
        origin: &str,
        capability: Capability,
        enabled: bool,
    ) -> io::Result<()> {
        let mut values = self.values.clone();
        let origins = match capability {
            Capability::Seal => &mut values.seal_origins,
            Capability::Write => &mut values.write_origins,
            Capability::Check | Capability::Diagnose | Capability::Login | Capability::Bind => {
                return Ok(());
            }
        };
        if enabled {
            origins.insert(origin.to_owned());
        } else {
            origins.remove(origin);
        }
        self.store(values)
    }

    /// Lets an origin ask for seals, or no longer.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_may_seal(&mut self, origin: &str, may: bool) -> io::Result<()> {
        self.set_enabled(origin, Capability::Seal, may)
    }

    fn store(&mut self, values: Values) -> io::Result<()> {
        files::replace(&self.path, &serde_json::to_vec_pretty(&values)?)?;
        self.values = values;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let phrase = Settings::open(folder.path()).unwrap().phrase().to_owned();
        assert!(!phrase.is_empty());
        let mut settings = Settings::open(folder.path()).unwrap();
        assert_eq!(settings.phrase(), phrase);
        settings.set_phrase("山高水长").unwrap();
        assert!(settings.set_phrase("  ").is_err());
        assert!(settings.set_phrase(&"长".repeat(25)).is_err());
        assert_eq!(Settings::open(folder.path()).unwrap().phrase(), "山高水长");
    }

    #[test]
    fn a_site_may_ask_for_seals_or_writes_only_after_it_was_enabled_here() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Settings::open(folder.path()).unwrap();
        for capability in [Capability::Seal, Capability::Write] {
            assert!(!open().is_enabled("https://a.cn", capability));
            open()
                .set_enabled("https://a.cn", capability, true)
                .unwrap();
            assert!(open().is_enabled("https://a.cn", capability));
            assert_eq!(open().enabled().count(), 1);
            open()
                .set_enabled("https://a.cn", capability, false)
                .unwrap();
            assert!(!open().is_enabled("https://a.cn", capability));
        }
    }

    #[test]
    fn what_a_person_chose_is_there_at_the_next_start_and_an_older_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{ "phrase": "山高水长", "seal_origins": ["https://a.cn"] }"#;
        std::fs::write(folder.path().join("settings.json"), text).unwrap();
        let open = || Settings::open(folder.path()).unwrap();
        assert_eq!((open().language(), open().key_files()), (None, false));
        open().set_language(Some(Language::En)).unwrap();
        open().set_pin_entry(PinEntry::Page).unwrap();
        open().set_key_files(true).unwrap();
        assert_eq!(open().tray(), tray::Wanted::Auto);
        open().set_tray(tray::Wanted::Off).unwrap();
        assert_eq!(open().tray(), tray::Wanted::Off);
        assert_eq!(open().language(), Some(Language::En));
        assert_eq!(open().pin_entry(), PinEntry::Page);
        assert!(open().key_files() && open().is_enabled("https://a.cn", Capability::Seal));
        assert_eq!(open().phrase(), "山高水长");
    }
}
