//! Where authorities' keys are: one interface, so that a file and a module (PKCS#11) are driven alike.
//!
//! Whoever has a vault can sign; `yinxin serve` has none.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pki::{KeyFamily, PublicKey, SignError, SoftwareKey};
use zeroize::Zeroizing;

use super::key_file::{KeyFileError, KeyFolder, Purpose};

/// A private key that signs, wherever it is.
pub trait AuthorityKey: Send + Sync {
    /// The key that verifies what it signs.
    fn public_key(&self) -> &PublicKey;

    /// Signs a whole message with the family's usual algorithm; EC signatures come as strict DER.
    ///
    /// # Errors
    /// [`SignError`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A place of authorities' keys.
pub trait KeyVault: Send + Sync {
    /// The key of an authority.
    ///
    /// # Errors
    /// [`VaultError::Absent`], or what stands in the way.
    fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError>;

    /// The key of an authority, made when it has none.
    ///
    /// # Errors
    /// See [`VaultError`].
    fn ensure(&self, id: &str, family: KeyFamily) -> Result<Arc<dyn AuthorityKey>, VaultError>;
}

/// Why a key was not had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// This process holds no key of this authority.
    #[error("no key of {0} is here")]
    Absent(String),
    /// The file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// What the file holds is no key, or one could not be made.
    #[error("the key of {0}: {1}")]
    Key(String, SignError),
    /// This place holds no keys of this family.
    #[error("no {0} key can be made here")]
    Unsupported(&'static str),
    /// The module.
    #[error("the key module: {0}")]
    Module(String),
}

/// Keys in encrypted files.
pub struct FileVault {
    folder: KeyFolder,
    before: PathBuf,
    open: Mutex<HashMap<String, Arc<SoftwareKey>>>,
}

impl FileVault {
    /// The keys of a folder.
    #[must_use]
    pub fn new(folder: KeyFolder) -> Self {
        Self {
            before: folder.path().to_owned(),
            folder,
            open: Mutex::default(),
        }
    }

    /// Takes open keys of before over from another folder.
    #[must_use]
    pub fn taking_over(mut self, folder: PathBuf) -> Self {
        self.before = folder;
        self
    }

    /// A demonstration before this version kept keys in the open: encrypted when first seen, and the open file wiped
    /// and removed once the encrypted one is durable.
    fn migrate(&self, id: &str) -> Result<(), VaultError> {
        let old = self.before.join(format!("{id}.key.pem"));
        let io = |path: &PathBuf| {
            let path = path.clone();
            move |source| VaultError::File(KeyFileError::Io { path, source })
        };
        if !old.exists() {
            return Ok(());
        }
        let pem = Zeroizing::new(fs::read_to_string(&old).map_err(io(&old))?);
        let key = SoftwareKey::from_pkcs8_pem(&pem)
            .map_err(|error| VaultError::Key(id.to_owned(), error))?;
        if self.folder.contains(id) {
            // A crash came between the two: the open file goes only when it is the same key.
            if self.read(id)?.public_key() != key.public_key() {
                return Err(VaultError::Key(id.to_owned(), SignError::Key));
            }
        } else {
            self.folder
                .write(id, Purpose::AuthorityKey, pem.as_bytes())?;
        }
        fs::write(&old, vec![0; pem.len()]).map_err(io(&old))?;
        fs::remove_file(&old).map_err(io(&old))
    }

    fn read(&self, id: &str) -> Result<SoftwareKey, VaultError> {
        let pem = self.folder.read(id, Purpose::AuthorityKey)?;
        let bad = || VaultError::Key(id.to_owned(), SignError::Key);
        let text = std::str::from_utf8(&pem).map_err(|_| bad())?;
        SoftwareKey::from_pkcs8_pem(text).map_err(|_| bad())
    }
}

impl KeyVault for FileVault {
    fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = open.get(id) {
            return Ok(Arc::clone(key) as Arc<dyn AuthorityKey>);
        }
        self.migrate(id)?;
        if !self.folder.contains(id) {
            return Err(VaultError::Absent(id.to_owned()));
        }
        let key = Arc::new(self.read(id)?);
        open.insert(id.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    fn ensure(&self, id: &str, family: KeyFamily) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        match self.key(id) {
            Err(VaultError::Absent(_)) => {}
            answer => return answer,
        }
        let key = |error| VaultError::Key(id.to_owned(), error);
        let pem = SoftwareKey::generate(family)
            .and_then(|made| made.danger_to_pkcs8_pem())
            .map_err(key)?;
        match self.folder.write(id, Purpose::AuthorityKey, pem.as_bytes()) {
            // Another process was first: its key is the key.
            Ok(()) | Err(KeyFileError::Exists(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.key(id)
    }
}

impl AuthorityKey for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        Self::public_key(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        pki::Signer::sign(self, message)
    }
}

/// Several vaults, asked in this order; a new key is made in the first that can hold its family.
pub struct Vaults(pub Vec<Arc<dyn KeyVault>>);

impl KeyVault for Vaults {
    fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        for vault in &self.0 {
            match vault.key(id) {
                Err(VaultError::Absent(_)) => {}
                answer => return answer,
            }
        }
        Err(VaultError::Absent(id.to_owned()))
    }

    fn ensure(&self, id: &str, family: KeyFamily) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        match self.key(id) {
            Err(VaultError::Absent(_)) => {}
            answer => return answer,
        }
        for vault in &self.0 {
            match vault.ensure(id, family) {
                Err(VaultError::Unsupported(_)) => {}
                answer => return answer,
            }
        }
        Err(VaultError::Unsupported(family.name()))
    }
}

/// No keys: what `yinxin serve` has.
pub struct NoKeys;

impl KeyVault for NoKeys {
    fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        Err(VaultError::Absent(id.to_owned()))
    }

    fn ensure(&self, id: &str, _: KeyFamily) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        Err(VaultError::Absent(id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_file::Cost;
    use super::*;
    use crate::system::SystemRandomness;

    fn vault(folder: &std::path::Path) -> FileVault {
        FileVault::new(KeyFolder::new(
            folder.to_owned(),
            Zeroizing::new(b"demo".to_vec()),
            Cost {
                memory_kib: 64,
                passes: 1,
            },
            Arc::new(SystemRandomness),
        ))
    }

    #[test]
    fn a_key_is_made_once_and_signs_after_it_was_read_again() {
        let folder = tempfile::tempdir().unwrap();
        for family in [KeyFamily::Sm2, KeyFamily::P256] {
            let id = family.name();
            let made = vault(folder.path()).ensure(id, family).unwrap();
            let again = vault(folder.path()).key(id).unwrap();
            assert_eq!(made.public_key(), again.public_key());
            let signature = again.sign(b"message").unwrap();
            made.public_key()
                .verify(family.default_algorithm(), b"message", &signature)
                .unwrap();
        }
    }

    #[test]
    fn an_open_key_of_before_is_encrypted_and_the_open_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let key = SoftwareKey::generate(KeyFamily::Sm2).unwrap();
        let old = folder.path().join("a.key.pem");
        fs::write(&old, key.danger_to_pkcs8_pem().unwrap().as_bytes()).unwrap();
        let opened = vault(folder.path()).key("a").unwrap();
        assert_eq!(opened.public_key(), key.public_key());
        assert!(!old.exists());
        assert_eq!(
            vault(folder.path()).key("a").unwrap().public_key(),
            key.public_key()
        );
    }

    #[test]
    fn without_keys_nothing_is_signed() {
        assert!(matches!(NoKeys.key("a"), Err(VaultError::Absent(_))));
        assert!(matches!(
            NoKeys.ensure("a", KeyFamily::Sm2),
            Err(VaultError::Absent(_))
        ));
    }
}
