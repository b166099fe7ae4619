//! Secrets in files: Argon2id over a passphrase, AES-256-GCM with id and purpose as associated data.
//!
//! ```json
//! {"yinxin_key": 1, "id": "…", "purpose": "…", "kdf": {"name": "argon2id", "memory_kib": 65536, "passes": 3,
//!  "lanes": 1, "salt": "…"}, "cipher": "aes-256-gcm", "nonce": "…", "sealed": "…"}
//! ```
//! Bytes are lower-case hex. A file appears whole under its name or not at all, readable by its owner alone. The files
//! of one folder share a salt where they were made one after another, so that a process derives its key once; each has a
//! nonce of its own.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use domain::Randomness;
use domain::entropy::random_bytes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The version that is written and read.
const VERSION: u32 = 1;
/// The longest file that is read, in octets.
const MAX_FILE: u64 = 64 * 1024;
/// The most memory that a file may ask for, in KiB.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// The most passes that a file may ask for.
const MAX_PASSES: u32 = 64;

/// What deriving a key from a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// 64 MiB and three passes (RFC 9106 §4, second choice, on one lane).
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
        }
    }
}

/// What a file's secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An authority's private key, PKCS#8.
    AuthorityKey,
    /// The wrapping key of the pool, 32 octets.
    PoolKey,
    /// The private key that administrators' PINs are sealed to, 32 octets.
    EscrowKey,
}

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// No key file of this version.
    #[error("{0} is no key file that this program reads")]
    Malformed(PathBuf),
    /// The passphrase is another, or the file was changed.
    #[error("{0} does not open with this passphrase")]
    Open(PathBuf),
    /// A key of this name is there already.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The cipher or the derivation failed.
    #[error("the key could not be encrypted")]
    Cipher,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    yinxin_key: u32,
    id: String,
    purpose: Purpose,
    kdf: Kdf,
    cipher: String,
    nonce: String,
    sealed: String,
}

#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Hash)]
#[serde(deny_unknown_fields)]
struct Kdf {
    name: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

/// A folder of encrypted secrets under one passphrase.
pub struct KeyFolder {
    folder: PathBuf,
    passphrase: Zeroizing<Vec<u8>>,
    cost: Cost,
    random: Arc<dyn Randomness>,
    derived: Mutex<HashMap<Kdf, Zeroizing<[u8; 32]>>>,
}

impl KeyFolder {
    /// The folder, made when the first secret is written.
    #[must_use]
    pub fn new(
        folder: PathBuf,
        passphrase: Zeroizing<Vec<u8>>,
        cost: Cost,
        random: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            folder,
            passphrase,
            cost,
            random,
            derived: Mutex::default(),
        }
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Whether a secret of this id is there.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.file(id).exists()
    }

    /// Every secret of the folder by id and purpose, in order of their ids. The purpose is believed once it was read.
    ///
    /// # Errors
    /// [`KeyFileError::Malformed`] for a file that is no key file; names that begin with a dot are passed over.
    pub(crate) fn entries(&self) -> Result<Vec<(String, Purpose)>, KeyFileError> {
        let io = |source| KeyFileError::Io {
            path: self.folder.clone(),
            source,
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let malformed = || KeyFileError::Malformed(path.clone());
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .ok_or_else(malformed)?;
            if name.starts_with('.') {
                continue;
            }
            let id = name.strip_suffix(".key.json").ok_or_else(malformed)?;
            if fs::metadata(&path).map_err(io)?.len() > MAX_FILE {
                return Err(malformed());
            }
            let text = fs::read(&path).map_err(io)?;
            let file: File = serde_json::from_slice(&text).map_err(|_| malformed())?;
            found.push((id.to_owned(), file.purpose));
        }
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.key.json"))
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// [`KeyFileError`]; a missing file is [`KeyFileError::Io`].
    pub fn read(&self, id: &str, purpose: Purpose) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let path = self.file(id);
        let io = |source| KeyFileError::Io {
            path: path.clone(),
            source,
        };
        if fs::metadata(&path).map_err(io)?.len() > MAX_FILE {
            return Err(KeyFileError::Malformed(path));
        }
        let text = fs::read(&path).map_err(io)?;
        let malformed = || KeyFileError::Malformed(path.clone());
        let file: File = serde_json::from_slice(&text).map_err(|_| malformed())?;
        let known = file.yinxin_key == VERSION
            && file.id == id
            && file.purpose == purpose
            && file.cipher == "aes-256-gcm"
            && file.kdf.name == "argon2id"
            && file.kdf.memory_kib <= MAX_MEMORY_KIB
            && file.kdf.passes <= MAX_PASSES
            && file.kdf.lanes == 1;
        if !known {
            return Err(malformed());
        }
        let nonce: [u8; NONCE_LEN] = hex::decode(&file.nonce)
            .ok()
            .and_then(|octets| octets.try_into().ok())
            .ok_or_else(malformed)?;
        let mut sealed = Zeroizing::new(hex::decode(&file.sealed).map_err(|_| malformed())?);
        let key = self.key(&file.kdf)?;
        let length = key
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data(id, purpose, &file.kdf)),
                sealed.as_mut_slice(),
            )
            .map_err(|_| KeyFileError::Open(path.clone()))?
            .len();
        sealed.truncate(length);
        Ok(sealed)
    }

    /// Writes a new secret; one that is there is never written over.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn write(&self, id: &str, purpose: Purpose, secret: &[u8]) -> Result<(), KeyFileError> {
        let path = self.file(id);
        let kdf = self.parameters();
        let nonce: [u8; NONCE_LEN] = random_bytes(&*self.random);
        let mut sealed = Zeroizing::new(Vec::with_capacity(secret.len() + AES_256_GCM.tag_len()));
        sealed.extend_from_slice(secret);
        self.key(&kdf)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data(id, purpose, &kdf)),
                &mut *sealed,
            )
            .map_err(|_| KeyFileError::Cipher)?;
        let file = File {
            yinxin_key: VERSION,
            id: id.to_owned(),
            purpose,
            kdf,
            cipher: "aes-256-gcm".to_owned(),
            nonce: hex::encode(nonce),
            sealed: hex::encode(sealed.as_slice()),
        };
        let text = serde_json::to_vec_pretty(&file).map_err(|_| KeyFileError::Cipher)?;
        create(&path, &text)
    }

    /// The parameters of the next file: those of any file that is there at the wanted cost, so that one derivation
    /// serves all; else fresh ones.
    fn parameters(&self) -> Kdf {
        let derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let fits =
            |kdf: &&Kdf| kdf.memory_kib == self.cost.memory_kib && kdf.passes == self.cost.passes;
        derived.keys().find(fits).cloned().unwrap_or_else(|| Kdf {
            name: "argon2id".to_owned(),
            memory_kib: self.cost.memory_kib,
            passes: self.cost.passes,
            lanes: 1,
            salt: hex::encode(random_bytes::<16>(&*self.random)),
        })
    }

    fn key(&self, kdf: &Kdf) -> Result<LessSafeKey, KeyFileError> {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if !derived.contains_key(kdf) {
            let params = Params::new(kdf.memory_kib, kdf.passes, kdf.lanes, Some(32))
                .map_err(|_| KeyFileError::Cipher)?;
            let salt = hex::decode(&kdf.salt).map_err(|_| KeyFileError::Cipher)?;
            let mut key = Zeroizing::new([0; 32]);
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(&self.passphrase, &salt, key.as_mut())
                .map_err(|_| KeyFileError::Cipher)?;
            derived.insert(kdf.clone(), key);
        }
        let key = derived.get(kdf).ok_or(KeyFileError::Cipher)?;
        UnboundKey::new(&AES_256_GCM, key.as_ref())
            .map(LessSafeKey::new)
            .map_err(|_| KeyFileError::Cipher)
    }
}

impl std::fmt::Debug for KeyFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyFolder({})", self.folder.display())
    }
}

/// What the file says beside the secret, so that none of it can be changed: lengths keep the parts apart.
fn associated_data(id: &str, purpose: Purpose, kdf: &Kdf) -> Vec<u8> {
    let parts = [
        "yinxin key file".to_owned(),
        VERSION.to_string(),
        format!("{purpose:?}"),
        id.to_owned(),
        format!("{}/{}/{}", kdf.memory_kib, kdf.passes, kdf.lanes),
        kdf.salt.clone(),
    ];
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

/// Writes a new file whole, readable by its owner alone.
pub(crate) fn create(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io)?;
    let mut file = tempfile::Builder::new()
        .make_in(folder, |path| {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        })
        .map_err(io)?;
    file.write_all(contents).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyFileError::Exists(path.to_owned()));
        }
        Err(error) => return Err(io(error.error)),
    }
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemRandomness;
    use std::os::unix::fs::PermissionsExt as _;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
    };

    fn folder(path: &Path, passphrase: &str) -> KeyFolder {
        KeyFolder::new(
            path.to_owned(),
            Zeroizing::new(passphrase.into()),
            CHEAP,
            Arc::new(SystemRandomness),
        )
    }

    #[test]
    fn a_secret_opens_with_its_passphrase_id_and_purpose_and_with_no_other() {
        let place = tempfile::tempdir().unwrap();
        let keys = folder(place.path(), "eins");
        keys.write("a", Purpose::AuthorityKey, b"secret").unwrap();
        assert_eq!(
            keys.read("a", Purpose::AuthorityKey).unwrap().as_slice(),
            b"secret"
        );
        let path = place.path().join("a.key.json");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!fs::read_to_string(&path).unwrap().contains("secret"));
        assert!(matches!(
            folder(place.path(), "zwei").read("a", Purpose::AuthorityKey),
            Err(KeyFileError::Open(_))
        ));
        assert!(keys.read("a", Purpose::PoolKey).is_err());
        fs::copy(&path, place.path().join("b.key.json")).unwrap();
        assert!(keys.read("b", Purpose::AuthorityKey).is_err());
        assert!(matches!(
            keys.write("a", Purpose::AuthorityKey, b"other"),
            Err(KeyFileError::Exists(_))
        ));
    }

    #[test]
    fn a_file_that_was_changed_anywhere_does_not_open() {
        let place = tempfile::tempdir().unwrap();
        let keys = folder(place.path(), "eins");
        keys.write("a", Purpose::AuthorityKey, b"secret").unwrap();
        let path = place.path().join("a.key.json");
        let whole: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for (field, value) in [
            ("/yinxin_key", serde_json::json!(2)),
            ("/purpose", serde_json::json!("pool_key")),
            ("/kdf/passes", serde_json::json!(2)),
            ("/kdf/memory_kib", serde_json::json!(4_000_000)),
            ("/kdf/salt", serde_json::json!("00".repeat(16))),
            ("/nonce", serde_json::json!("00".repeat(12))),
            ("/sealed", serde_json::json!("00".repeat(22))),
        ] {
            let mut changed = whole.clone();
            *changed.pointer_mut(field).unwrap() = value;
            fs::write(&path, changed.to_string()).unwrap();
            let other = folder(place.path(), "eins");
            assert!(other.read("a", Purpose::AuthorityKey).is_err(), "{field}");
        }
    }
}
