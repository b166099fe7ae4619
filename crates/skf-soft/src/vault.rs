//! PINs, and the keys that they wrap.
//!
//! Each application has a master key of 32 random octets, under which its private keys lie. The master key is
//! stored twice: wrapped under a key derived from the user PIN and under one derived from the administrator
//! PIN (Argon2id, then AES-256-GCM). A PIN is right when it unwraps; nothing else of it is stored. So unblocking
//! gives a new user PIN and keeps every key, and without a PIN there is nothing to read.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::sar::Sar;
use crate::state::base64_bytes;

/// A key that must not outlive its use.
pub type Secret = Zeroizing<[u8; 32]>;

/// Argon2id: 19 MiB, two passes, one lane: what a login is worth on any desktop.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// A PIN with its tries and the master key under it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinSlot {
    /// Tries that remain.
    pub left: u32,
    /// Tries after a right PIN.
    pub most: u32,
    /// Whether it is still the one that the application was made with.
    pub initial: bool,
    #[serde(with = "base64_bytes")]
    salt: Vec<u8>,
    master: Sealed,
}

impl PinSlot {
    /// A slot that unwraps `master` by `pin`.
    pub fn new(pin: &[u8], most: u32, master: &Secret, purpose: &str) -> Result<PinSlot, Sar> {
        let mut salt = vec![0; 16];
        random(&mut salt)?;
        let key = derive(pin, &salt)?;
        Ok(PinSlot {
            left: most,
            most,
            initial: true,
            master: Sealed::seal(&key, purpose, &master[..])?,
            salt,
        })
    }

    /// The master key; `None` when the PIN is wrong. The caller has lowered the tries before.
    pub fn open(&self, pin: &[u8], purpose: &str) -> Result<Option<Secret>, Sar> {
        let key = derive(pin, &self.salt)?;
        let Some(octets) = self.master.open(&key, purpose) else {
            return Ok(None);
        };
        let mut master = Zeroizing::new([0; 32]);
        if octets.len() != 32 {
            return Err(Sar::FILE);
        }
        master.copy_from_slice(&octets);
        Ok(Some(master))
    }
}

/// Octets under a key, bound to what they are for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    #[serde(with = "base64_bytes")]
    nonce: Vec<u8>,
    #[serde(with = "base64_bytes")]
    octets: Vec<u8>,
}

impl Sealed {
    /// Encrypts. `purpose` must be the same for opening: a blob moved to another place does not open.
    pub fn seal(key: &Secret, purpose: &str, plain: &[u8]) -> Result<Sealed, Sar> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..]).map_err(|_| Sar::FAIL)?);
        let mut octets = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        octets.extend_from_slice(plain);
        let nonce_value = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce_value, Aad::from(purpose.as_bytes()), &mut octets)
            .map_err(|_| Sar::FAIL)?;
        Ok(Sealed {
            nonce: nonce.to_vec(),
            octets,
        })
    }

    /// Decrypts; `None` for the wrong key, another purpose or changed octets.
    pub fn open(&self, key: &Secret, purpose: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..]).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(&self.nonce).ok()?;
        let mut octets = Zeroizing::new(self.octets.clone());
        let length = key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut octets)
            .ok()?
            .len();
        octets.truncate(length);
        Some(octets)
    }
}

/// A new master key.
pub fn new_master() -> Result<Secret, Sar> {
    let mut master = Zeroizing::new([0; 32]);
    random(&mut master[..])?;
    Ok(master)
}

/// Fills with random octets of the system.
pub fn random(octets: &mut [u8]) -> Result<(), Sar> {
    getrandom::fill(octets).map_err(|_| Sar(skf_abi::codes::SAR_GENRANDERR))
}

fn derive(pin: &[u8], salt: &[u8]) -> Result<Secret, Sar> {
    let parameters = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| Sar::FAIL)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(pin, salt, &mut key[..])
        .map_err(|_| Sar::FAIL)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_unwraps_the_master_key_and_another_pin_does_not() {
        let master = new_master().unwrap();
        let slot = PinSlot::new(b"20261122", 6, &master, "user/a").unwrap();
        assert_eq!(
            slot.open(b"20261122", "user/a").unwrap().unwrap()[..],
            master[..]
        );
        assert!(slot.open(b"20261123", "user/a").unwrap().is_none());
    }

    #[test]
    fn a_sealed_key_does_not_open_in_another_place() {
        let key = new_master().unwrap();
        let sealed = Sealed::seal(&key, "key/a/b", b"private").unwrap();
        assert_eq!(&sealed.open(&key, "key/a/b").unwrap()[..], b"private");
        assert!(sealed.open(&key, "key/a/c").is_none());
    }
}
