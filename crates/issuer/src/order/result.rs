//! What comes of an order: certificates, the encryption pair in its envelope, counts and sealed values.

use contract::Base64;
use serde::{Deserialize, Serialize};

/// An encryption pair in its envelope (GM/T 0016 ENVELOPEDKEYBLOB, GM/T 0009 §7.4). Every field big-endian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopedKeyJson {
    /// The cipher of the private key; always `sm4_ecb`.
    pub algorithm: EnvelopeCipher,
    /// The private key under the symmetric key: 32 octets.
    pub encrypted_private_key: Base64,
    /// Affine x of the public key, 32 octets.
    pub public_x: Base64,
    /// Affine y of the public key, 32 octets.
    pub public_y: Base64,
    /// The symmetric key encrypted to the signing key.
    pub symmetric_key: Sm2CiphertextJson,
}

/// The cipher of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeCipher {
    /// SM4 in ECB mode, no padding.
    Sm4Ecb,
}

/// SM2 ciphertext (GB/T 32918.4) in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sm2CiphertextJson {
    /// Affine x of C1, 32 octets.
    pub x: Base64,
    /// Affine y of C1, 32 octets.
    pub y: Base64,
    /// C3, 32 octets.
    pub hash: Base64,
    /// C2, as long as the plaintext.
    pub cipher: Base64,
}

/// Result of *issue*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// The DER signing certificate.
    pub signing: Base64,
    /// The DER encryption certificate.
    pub encryption: Option<Base64>,
    /// The encryption pair for the signing key.
    pub envelope: Option<EnvelopedKeyJson>,
    /// The authorities above, from the issuing one up to the root, DER.
    pub chain: Vec<Base64>,
}

/// Result of *recover* and *reissue envelope*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovered {
    /// The DER encryption certificate.
    pub encryption: Base64,
    /// Its pair for the signing key.
    pub envelope: EnvelopedKeyJson,
}

/// Result of *revoke*, *suspend* and *resume*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many certificates it touched.
    pub certificates: u64,
}

/// Result of *unlock*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlocked {
    /// The administrator's PIN, sealed to the popup.
    pub sealed: Base64,
}
