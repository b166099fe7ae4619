//! The key management centre's arithmetic (密钥管理中心, GM/T 0034): encryption pairs, how they are kept, and the
//! envelope in which one goes to a token.
//!
//! A pair has three forms outside this process: the *pool copy*, under the online wrapping key, until its delivery
//! erases it; the *escrow copy*, sealed to a recovery key whose private half exists as [`shares`] only; and the
//! *envelope* for one signing key (GM/T 0016 ENVELOPEDKEYBLOB), which nobody but that key's token opens. Random
//! bytes come in; what comes out is stored by whoever drives.

pub mod shares;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use contract::Base64;
use contract::escrow::{self, EscrowError, EscrowKeyPair, EscrowPublicKey};
use pki::{KeyFamily, PublicKey};
use sm2::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use sm2::pke::EncryptingKey;
use sm4::Sm4;
use sm4::cipher::{Block, BlockCipherEncrypt as _, KeyInit as _};
use zeroize::Zeroizing;

use crate::order::{EnvelopeCipher, EnvelopedKeyJson, Sm2CiphertextJson};

/// What an escrow copy is sealed for; its associated data is the pair's id.
const ESCROW_INFO: &[u8] = b"yinxin encryption key escrow v1";
/// What a pool copy is wrapped for, before the pair's id.
const POOL_INFO: &[u8] = b"yinxin encryption key pool v1\0";
/// Octets of an SM2 scalar.
const SCALAR: usize = 32;

/// Fills a buffer with bytes that nobody can predict.
pub type Random<'r> = &'r mut dyn FnMut(&mut [u8]);

/// Why a pair could not be made, opened or enveloped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyManagementError {
    /// Not a key of SM2.
    #[error("only SM2 keys have an encryption pair")]
    Family,
    /// What is kept does not open: another wrapping key, another pair's, or changed.
    #[error("the kept copy does not open with this key")]
    Open,
    /// A copy is malformed.
    #[error("the kept copy is malformed")]
    Malformed,
    /// The pair could not be sealed.
    #[error("the pair could not be sealed: {0}")]
    Escrow(EscrowError),
    /// The cipher failed.
    #[error("the pair could not be encrypted")]
    Cipher,
}

/// An SM2 encryption pair in the open. The private half is wiped when dropped.
pub struct EncryptionPair {
    scalar: Zeroizing<[u8; SCALAR]>,
    public: PublicKey,
}

impl EncryptionPair {
    /// A new pair.
    #[must_use]
    pub fn generate(random: Random<'_>) -> Self {
        loop {
            let mut scalar = Zeroizing::new([0; SCALAR]);
            random(scalar.as_mut());
            // Zero, or not below the order: once in 2^32 tries.
            if let Ok(pair) = Self::from_scalar(scalar) {
                return pair;
            }
        }
    }

    fn from_scalar(scalar: Zeroizing<[u8; SCALAR]>) -> Result<Self, KeyManagementError> {
        let malformed = |_| KeyManagementError::Malformed;
        let secret = sm2::SecretKey::from_slice(scalar.as_ref())
            .map_err(|_| KeyManagementError::Malformed)?;
        let point = secret.public_key().to_sec1_bytes();
        let (x, y) = coordinates(&point)?;
        let public = PublicKey::from_sm2_coordinates(&x, &y).map_err(malformed)?;
        Ok(Self { scalar, public })
    }

    fn from_octets(octets: &[u8]) -> Result<Self, KeyManagementError> {
        let scalar: [u8; SCALAR] = octets
            .try_into()
            .map_err(|_| KeyManagementError::Malformed)?;
        Self::from_scalar(Zeroizing::new(scalar))
    }

    /// The public half.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The pair in an envelope for one signing key: the private half under a fresh SM4 key, and that one encrypted to
    /// the signing key.
    ///
    /// # Errors
    /// [`KeyManagementError::Family`] for a signing key that is not SM2.
    pub fn envelope(
        &self,
        signing: &PublicKey,
        random: Random<'_>,
    ) -> Result<EnvelopedKeyJson, KeyManagementError> {
        if signing.family() != KeyFamily::Sm2 {
            return Err(KeyManagementError::Family);
        }
        let mut symmetric = Zeroizing::new([0_u8; 16]);
        random(symmetric.as_mut());
        let cipher =
            Sm4::new_from_slice(symmetric.as_ref()).map_err(|_| KeyManagementError::Cipher)?;
        let mut private = Zeroizing::new(*self.scalar);
        for octets in private.chunks_exact_mut(16) {
            let mut block =
                Block::<Sm4>::try_from(&*octets).map_err(|_| KeyManagementError::Cipher)?;
            cipher.encrypt_block(&mut block);
            octets.copy_from_slice(&block);
        }
        let recipient = sm2::PublicKey::from_sec1_bytes(&signing.key_bits())
            .map_err(|_| KeyManagementError::Family)?;
        // C1 ‖ C3 ‖ C2 with C1 = 04 ‖ x ‖ y (GB/T 32918.4).
        let wrapped = EncryptingKey::new(recipient)
            .encrypt(&mut Source(random), symmetric.as_ref())
            .map_err(|_| KeyManagementError::Cipher)?;
        let part = |from: usize, to: usize| {
            wrapped
                .get(from..to)
                .map(|octets| Base64(octets.to_vec()))
                .ok_or(KeyManagementError::Cipher)
        };
        let (x, y) = coordinates(&self.public.key_bits())?;
        Ok(EnvelopedKeyJson {
            algorithm: EnvelopeCipher::Sm4Ecb,
            encrypted_private_key: Base64(private.to_vec()),
            public_x: Base64(x.to_vec()),
            public_y: Base64(y.to_vec()),
            symmetric_key: Sm2CiphertextJson {
                x: part(1, 33)?,
                y: part(33, 65)?,
                hash: part(65, 97)?,
                cipher: part(97, wrapped.len())?,
            },
        })
    }

    /// The escrow copy of the pair with this id.
    ///
    /// # Errors
    /// [`KeyManagementError::Escrow`].
    pub fn escrow(
        &self,
        id: &str,
        to: &EscrowPublicKey,
        random: Random<'_>,
    ) -> Result<Vec<u8>, KeyManagementError> {
        escrow::seal(to, ESCROW_INFO, id.as_bytes(), self.scalar.as_ref(), random)
            .map_err(KeyManagementError::Escrow)
    }

    /// The pair out of its escrow copy, with the joined recovery key.
    ///
    /// # Errors
    /// [`KeyManagementError::Open`] or [`KeyManagementError::Malformed`].
    pub fn from_escrow(
        id: &str,
        recovery: &EscrowKeyPair,
        copy: &[u8],
    ) -> Result<Self, KeyManagementError> {
        let scalar = escrow::open(recovery, ESCROW_INFO, id.as_bytes(), copy)
            .map_err(|_| KeyManagementError::Open)?;
        Self::from_octets(&scalar)
    }
}

impl core::fmt::Debug for EncryptionPair {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("EncryptionPair(…)")
    }
}

/// The online key that pool copies lie under: AES-256-GCM, the pair's id as associated data.
pub struct WrappingKey(LessSafeKey);

impl WrappingKey {
    /// A key of 32 octets.
    ///
    /// # Errors
    /// [`KeyManagementError::Malformed`] for another length.
    pub fn new(octets: &[u8]) -> Result<Self, KeyManagementError> {
        let key =
            UnboundKey::new(&AES_256_GCM, octets).map_err(|_| KeyManagementError::Malformed)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// The pool copy of a pair: a nonce of 12 octets, ciphertext, tag.
    ///
    /// # Errors
    /// [`KeyManagementError::Cipher`].
    pub fn wrap(
        &self,
        id: &str,
        pair: &EncryptionPair,
        random: Random<'_>,
    ) -> Result<Vec<u8>, KeyManagementError> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        let mut sealed = Zeroizing::new(pair.scalar.to_vec());
        sealed.reserve(AES_256_GCM.tag_len());
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(pool_aad(id)),
                &mut *sealed,
            )
            .map_err(|_| KeyManagementError::Cipher)?;
        Ok([&nonce, sealed.as_slice()].concat())
    }

    /// The pair out of its pool copy.
    ///
    /// # Errors
    /// [`KeyManagementError::Open`] or [`KeyManagementError::Malformed`].
    pub fn unwrap(&self, id: &str, copy: &[u8]) -> Result<EncryptionPair, KeyManagementError> {
        let (nonce, sealed) = copy
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(KeyManagementError::Malformed)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let scalar = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(pool_aad(id)),
                &mut sealed,
            )
            .map_err(|_| KeyManagementError::Open)?;
        EncryptionPair::from_octets(scalar)
    }
}

impl core::fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("WrappingKey(…)")
    }
}

fn pool_aad(id: &str) -> Vec<u8> {
    [POOL_INFO, id.as_bytes()].concat()
}

/// x and y of an uncompressed point.
fn coordinates(point: &[u8]) -> Result<([u8; 32], [u8; 32]), KeyManagementError> {
    let half = |from: usize| {
        point
            .get(from..from + 32)
            .and_then(|octets| octets.try_into().ok())
            .ok_or(KeyManagementError::Malformed)
    };
    Ok((half(1)?, half(33)?))
}

/// The caller's randomness, as the curve's crate asks for it.
pub(crate) struct Source<'r>(pub(crate) Random<'r>);

impl TryRng for Source<'_> {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut octets = [0; 4];
        (self.0)(&mut octets);
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = [0; 8];
        (self.0)(&mut octets);
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        (self.0)(out);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use sm2::pke::DecryptingKey;
    use sm4::cipher::BlockCipherDecrypt as _;

    fn counter(start: u8) -> impl FnMut(&mut [u8]) {
        let mut next = start;
        move |out| {
            for octet in out {
                *octet = next;
                next = next.wrapping_mul(7).wrapping_add(13);
            }
        }
    }

    #[test]
    fn an_envelope_opens_with_its_signing_key_and_holds_the_pair() {
        let pair = EncryptionPair::generate(&mut counter(1));
        let signing = EncryptionPair::generate(&mut counter(9));
        let envelope = pair
            .envelope(signing.public_key(), &mut counter(5))
            .unwrap();
        let cipher = &envelope.symmetric_key;
        let wrapped = [
            &[4_u8][..],
            cipher.x.as_bytes(),
            cipher.y.as_bytes(),
            cipher.hash.as_bytes(),
            cipher.cipher.as_bytes(),
        ]
        .concat();
        let secret = sm2::SecretKey::from_slice(signing.scalar.as_ref()).unwrap();
        let symmetric = DecryptingKey::new(secret).decrypt(&wrapped).unwrap();
        let sm4 = Sm4::new_from_slice(&symmetric).unwrap();
        let mut private = envelope.encrypted_private_key.0.clone();
        for octets in private.chunks_exact_mut(16) {
            let mut block = Block::<Sm4>::try_from(&*octets).unwrap();
            sm4.decrypt_block(&mut block);
            octets.copy_from_slice(&block);
        }
        assert_eq!(private, pair.scalar.as_ref());
        assert_eq!(
            [envelope.public_x.0, envelope.public_y.0].concat(),
            pair.public_key().key_bits()[1..]
        );
    }

    #[test]
    fn a_pool_copy_opens_for_its_own_id_and_key_only() {
        let key = WrappingKey::new(&[3; 32]).unwrap();
        let pair = EncryptionPair::generate(&mut counter(1));
        let copy = key.wrap("K1", &pair, &mut counter(4)).unwrap();
        let opened = key.unwrap("K1", &copy).unwrap();
        assert_eq!(opened.public_key(), pair.public_key());
        assert_eq!(
            key.unwrap("K2", &copy).unwrap_err(),
            KeyManagementError::Open
        );
        let other = WrappingKey::new(&[4; 32]).unwrap();
        assert_eq!(
            other.unwrap("K1", &copy).unwrap_err(),
            KeyManagementError::Open
        );
        assert_eq!(
            key.unwrap("K1", &copy[..8]).unwrap_err(),
            KeyManagementError::Malformed
        );
    }

    #[test]
    fn an_escrow_copy_opens_with_the_recovery_key_only() {
        let recovery = EscrowKeyPair::generate(counter(1));
        let pair = EncryptionPair::generate(&mut counter(2));
        let copy = pair
            .escrow("K1", recovery.public(), &mut counter(3))
            .unwrap();
        let opened = EncryptionPair::from_escrow("K1", &recovery, &copy).unwrap();
        assert_eq!(opened.public_key(), pair.public_key());
        assert!(EncryptionPair::from_escrow("K2", &recovery, &copy).is_err());
        let other = EscrowKeyPair::generate(counter(8));
        assert!(EncryptionPair::from_escrow("K1", &other, &copy).is_err());
    }

    #[test]
    fn an_rsa_key_gets_no_envelope() {
        let pair = EncryptionPair::generate(&mut counter(1));
        let rsa = pki::SoftwareKey::generate(KeyFamily::P256).unwrap();
        assert_eq!(
            pair.envelope(rsa.public_key(), &mut counter(2)),
            Err(KeyManagementError::Family)
        );
    }
}
