//! What the demo knows of its keys: which were made, with which PINs, and what was done to them since.
//! A real key's PINs stand nowhere; these are demo keys, and their PINs are printed for everyone.

use crate::workspace;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// A demo key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The key number, which is also the name of its folder in the drawer.
    pub number: String,
    /// The provider's id in the catalogue.
    pub provider: String,
    /// `sm2` or `rsa`.
    pub algorithm: String,
    /// The provider's product, where it is not the usual one.
    #[serde(default)]
    pub product: Option<String>,
    /// The organisation in its certificate.
    pub organisation: String,
    /// Its 统一社会信用代码.
    pub uscc: String,
    /// The person in its certificate.
    pub holder: String,
    /// The user PIN.
    pub pin: String,
    /// The administrator PIN, which unblocks.
    pub admin_pin: String,
    /// Its certificate was made anew with an end in the past.
    #[serde(default)]
    pub expired: bool,
    /// Its certificate was revoked.
    #[serde(default)]
    pub revoked: bool,
}

/// All demo keys of one data folder.
#[derive(Default, Serialize, Deserialize)]
pub struct Ledger {
    /// How many key numbers were given out; a number is never given twice.
    pub given: u32,
    /// The keys, oldest first.
    pub keys: Vec<Key>,
}

impl Ledger {
    /// Reads the ledger of a data folder; an empty one where there is none yet.
    pub fn read(data: &Path) -> Result<Ledger> {
        let file = path(data);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| Error::failed(format!("{}: {e}", file.display()))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Ledger::default()),
            Err(e) => Err(Error::failed(format!("{}: {e}", file.display()))),
        }
    }

    /// Writes it back.
    pub fn write(&self, data: &Path) -> Result<()> {
        workspace::write(
            &path(data),
            serde_json::to_vec_pretty(self).map_err(Error::failed)?,
        )
    }

    /// The key with this number.
    pub fn key_mut(&mut self, number: &str) -> Result<&mut Key> {
        let known = self
            .keys
            .iter()
            .map(|key| key.number.clone())
            .collect::<Vec<_>>()
            .join(", ");
        self.keys
            .iter_mut()
            .find(|key| key.number == number)
            .ok_or_else(|| {
                Error::Usage(format!("There is no demo key {number}. There are: {known}"))
            })
    }

    /// The next free number for a provider: its prefix and a count, as the manuals' numbers look.
    pub fn next_number(&mut self, provider: &str) -> String {
        self.given += 1;
        let prefix = match provider {
            "szca" => "5180",
            "itrus" => "3502",
            "scca" => "5100",
            "fjca" => "3500",
            "cfca" => "1100",
            "shouzhong" => "3592",
            "fjgp" => "3591",
            "zjhx" => "3304",
            "qhca" => "6300",
            _ => "9900",
        };
        format!("{prefix}{:011}DE", self.given)
    }
}

/// Holds other xtasks off the same data folder's keys until dropped.
pub fn lock(data: &Path) -> Result<File> {
    let file = data.join("demo-keys.lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&file);
    let lock = lock.map_err(|e| Error::failed(format!("{}: {e}", file.display())))?;
    lock.lock().map_err(Error::failed)?;
    Ok(lock)
}

fn path(data: &Path) -> PathBuf {
    data.join("demo-keys.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_number_is_given_twice() {
        let mut ledger = Ledger::default();
        let first = ledger.next_number("szca");
        assert_ne!(first, ledger.next_number("szca"));
        assert_ne!(first, ledger.next_number("scca"));
    }

    #[test]
    fn an_unknown_number_is_answered_with_those_that_exist() {
        let mut ledger = Ledger::default();
        let number = ledger.next_number("szca");
        ledger.keys.push(Key {
            number: number.clone(),
            provider: "szca".into(),
            algorithm: "sm2".into(),
            product: None,
            organisation: "演示供应商甲有限公司".into(),
            uscc: String::new(),
            holder: String::new(),
            pin: String::new(),
            admin_pin: String::new(),
            expired: false,
            revoked: false,
        });
        let error = ledger.key_mut("1").unwrap_err();
        assert!(
            matches!(error, Error::Usage(ref why) if why.contains(&number)),
            "{error}"
        );
    }
}
