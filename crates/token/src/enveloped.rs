//! What a key management centre hands out: an encryption pair in its envelope; and SM2 ciphertext.

use serde::{Deserialize, Serialize};

/// Longest SM2 ciphertext that goes to a token, in octets of its C2 part. It is meant for keys, not documents.
pub const MAX_CIPHERTEXT: usize = 4096;

/// An encryption pair for one container (GM/T 0016 clause 6.4.10): its private key under a fresh symmetric key,
/// and that one under the container's signing key, so that nobody but the token can open it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopedKey {
    /// The cipher of the private key, in ECB mode without padding.
    pub algorithm: EnvelopeAlgorithm,
    /// The private key under the symmetric key: 32 octets.
    #[serde(with = "crate::wire::base64_bytes")]
    pub encrypted_private_key: Vec<u8>,
    /// Affine x of the public key, big-endian, 32 octets.
    #[serde(with = "crate::wire::base64_bytes")]
    pub public_x: Vec<u8>,
    /// Affine y of the public key, big-endian, 32 octets.
    #[serde(with = "crate::wire::base64_bytes")]
    pub public_y: Vec<u8>,
    /// The symmetric key, 16 octets, encrypted to the container's signing key.
    pub symmetric_key: Sm2Ciphertext,
}

/// The ciphers that an envelope may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeAlgorithm {
    /// `SGD_SM4_ECB`.
    Sm4,
    /// `SGD_SM1_ECB`: the cipher is not published, but a device has it.
    Sm1,
}

/// SM2 ciphertext (GB/T 32918.4) in its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sm2Ciphertext {
    /// Affine x of C1, big-endian, 32 octets.
    #[serde(with = "crate::wire::base64_bytes")]
    pub x: Vec<u8>,
    /// Affine y of C1, 32 octets.
    #[serde(with = "crate::wire::base64_bytes")]
    pub y: Vec<u8>,
    /// C3, the SM3 digest, 32 octets.
    #[serde(with = "crate::wire::base64_bytes")]
    pub hash: Vec<u8>,
    /// C2, as long as the plaintext.
    #[serde(with = "crate::wire::base64_bytes")]
    pub cipher: Vec<u8>,
}

impl Sm2Ciphertext {
    /// Whether the parts have the lengths that they must have.
    pub(crate) fn is_well_formed(&self) -> bool {
        [&self.x, &self.y, &self.hash]
            .iter()
            .all(|part| part.len() == 32)
            && (1..=MAX_CIPHERTEXT).contains(&self.cipher.len())
    }
}

impl EnvelopedKey {
    /// Whether the parts have the lengths that they must have.
    pub(crate) fn is_well_formed(&self) -> bool {
        [&self.encrypted_private_key, &self.public_x, &self.public_y]
            .iter()
            .all(|part| part.len() == 32)
            && self.symmetric_key.is_well_formed()
            && self.symmetric_key.cipher.len() == 16
    }
}
