//! The device's file `state.json`: read, changed under a lock, replaced atomically, synced.
//!
//! A writer holds `state.lock`, writes `state.json.new`, syncs it, renames it over `state.json` and syncs the
//! folder. Whoever reads sees the old state or the new one, whole, whatever dies in between; a left-over
//! `.new` is overwritten by the next writer.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use skf_abi::codes;

use crate::sar::Sar;
use crate::system;
use crate::vault::{PinSlot, Sealed};

/// Largest state that is read, in octets: eight applications of sixteen containers with certificates, and files.
pub const MAX_STATE: u32 = 16 << 20;
/// The key with which a blank device answers device authentication.
pub const FACTORY_DEVICE_KEY: &[u8; 16] = b"1234567812345678";

/// All that a device remembers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of this format, 1. Another is refused, not guessed.
    pub format: u32,
    /// Set by `SKF_SetLabel`.
    pub label: String,
    /// Key of the device authentication.
    #[serde(with = "base64_bytes")]
    pub device_key: Vec<u8>,
    /// In the order of their making.
    pub applications: Vec<Application>,
}

/// An application: the unit that has PINs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub name: String,
    pub admin: PinSlot,
    pub user: PinSlot,
    pub containers: Vec<Container>,
    /// Who may make and delete files: `SECURE_*`. Devices from before there were files: the user.
    #[serde(default = "user_rights")]
    pub file_rights: u32,
    #[serde(default)]
    pub files: Vec<StoredFile>,
}

fn user_rights() -> u32 {
    codes::SECURE_USER_ACCOUNT
}

/// A file of an application: a number of octets of a size that is fixed when it is made.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    pub name: String,
    pub read_rights: u32,
    pub write_rights: u32,
    #[serde(with = "base64_bytes")]
    pub octets: Vec<u8>,
}

/// A container: the unit that has keys and certificates.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    pub name: String,
    /// The signing pair, made in the device.
    pub signing: Option<KeyPair>,
    /// The encryption pair, imported under the signing pair.
    #[serde(default)]
    pub encryption: Option<KeyPair>,
    #[serde(with = "optional_base64")]
    pub signing_certificate: Option<Vec<u8>>,
    #[serde(with = "optional_base64")]
    pub encryption_certificate: Option<Vec<u8>>,
}

/// A key pair, its private half under the application's master key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPair {
    pub kind: KeyKind,
    /// SM2: the uncompressed point without its first octet, x ‖ y. RSA: the modulus, 256 octets; e is 65537.
    #[serde(with = "base64_bytes")]
    pub public: Vec<u8>,
    pub private: Sealed,
}

/// Kind of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    Sm2,
    Rsa2048,
}

impl State {
    fn blank() -> State {
        State {
            format: 1,
            label: String::new(),
            device_key: FACTORY_DEVICE_KEY.to_vec(),
            applications: Vec::new(),
        }
    }

    /// The application of that name.
    pub fn application(&self, name: &str) -> Result<&Application, Sar> {
        self.applications
            .iter()
            .find(|application| application.name == name)
            .ok_or(Sar(codes::SAR_APPLICATION_NOT_EXISTS))
    }

    /// The same, to be changed.
    pub fn application_mut(&mut self, name: &str) -> Result<&mut Application, Sar> {
        self.applications
            .iter_mut()
            .find(|application| application.name == name)
            .ok_or(Sar(codes::SAR_APPLICATION_NOT_EXISTS))
    }
}

impl Application {
    /// The container of that name.
    pub fn container(&self, name: &str) -> Result<&Container, Sar> {
        self.containers
            .iter()
            .find(|container| container.name == name)
            .ok_or(Sar(codes::SAR_CONTAINER_NOT_EXISTS))
    }

    /// The same, to be changed.
    pub fn container_mut(&mut self, name: &str) -> Result<&mut Container, Sar> {
        self.containers
            .iter_mut()
            .find(|container| container.name == name)
            .ok_or(Sar(codes::SAR_CONTAINER_NOT_EXISTS))
    }

    /// The file of that name.
    pub fn file(&self, name: &str) -> Result<&StoredFile, Sar> {
        self.files
            .iter()
            .find(|file| file.name == name)
            .ok_or(Sar(codes::SAR_FILE_NOT_EXIST))
    }

    /// The file of that name, to be changed.
    pub fn file_mut(&mut self, name: &str) -> Result<&mut StoredFile, Sar> {
        self.files
            .iter_mut()
            .find(|file| file.name == name)
            .ok_or(Sar(codes::SAR_FILE_NOT_EXIST))
    }
}

/// Reads the state of the device in `folder`; a device without one is blank.
pub fn read(folder: &Path) -> Result<State, Sar> {
    let mut text = Vec::new();
    match File::open(folder.join("state.json")) {
        Ok(file) => file.take(u64::from(MAX_STATE) + 1).read_to_end(&mut text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(State::blank()),
        Err(_) => return Err(Sar(codes::SAR_READFILEERR)),
    };
    if text.len() > MAX_STATE as usize {
        return Err(Sar(codes::SAR_READFILEERR));
    }
    let state: State = serde_json::from_slice(&text).map_err(|_| Sar(codes::SAR_READFILEERR))?;
    if state.format != 1 {
        return Err(Sar(codes::SAR_READFILEERR));
    }
    Ok(state)
}

/// The right to change a device's state; other processes and threads wait.
pub struct Writer<'f> {
    folder: &'f Path,
    /// What is on disk, with the changes so far.
    pub state: State,
    _lock: File,
}

impl<'f> Writer<'f> {
    /// Waits for the lock and reads the state.
    pub fn open(folder: &'f Path) -> Result<Writer<'f>, Sar> {
        let lock = lock_file(folder, "state.lock")?;
        lock.lock()?;
        Ok(Writer {
            folder,
            state: read(folder)?,
            _lock: lock,
        })
    }

    /// Puts the state on disk: when this returns, it is there even if the power fails.
    pub fn save(&mut self) -> Result<(), Sar> {
        let text = serde_json::to_vec_pretty(&self.state).map_err(|_| Sar::FAIL)?;
        let new = self.folder.join("state.json.new");
        self.replace(&new, &text)
            .map_err(|_| Sar(codes::SAR_WRITEFILEERR))
    }

    fn replace(&self, new: &Path, text: &[u8]) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        let mut file = system::private(&mut options).open(new)?;
        let (first, second) = text.split_at(text.len() / 2);
        file.write_all(first)?;
        step("half written");
        file.write_all(second)?;
        step("written");
        file.sync_all()?;
        step("synced");
        fs::rename(new, self.folder.join("state.json"))?;
        step("renamed");
        system::sync_folder(self.folder)?;
        step("saved");
        Ok(())
    }
}

/// Opens a lock file of the device, making it when it is missing.
pub fn lock_file(folder: &Path, name: &str) -> Result<File, Sar> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    Ok(system::private(&mut options).open(folder.join(name))?)
}

/// Where the tests stop a process to kill it. Nothing outside of tests.
#[cfg(not(test))]
pub fn step(_name: &str) {}
#[cfg(test)]
pub use crate::crash_tests::step;

/// Octets as base64 text in JSON.
pub mod base64_bytes {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(deserializer)?)
            .map_err(D::Error::custom)
    }
}

/// Octets that may be missing, as base64 text or null.
pub mod optional_base64 {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes
            .as_ref()
            .map(|bytes| STANDARD.encode(bytes))
            .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| STANDARD.decode(text).map_err(D::Error::custom))
            .transpose()
    }
}
