//! Public keys and the verification of signatures.
//!
//! SM2 is verified with Z_A over the default identifier (GB/T 32918.2 §5.5, GM/T 0009 §10): a signature
//! over SM3(M) alone, as some servers in the field accept, is refused here. EC signatures are strict DER.

use std::sync::Arc;

use aws_lc_rs::signature as aws;
use sm2::dsa::signature::hazmat::PrehashVerifier;
use sm2::dsa::{Signature as Sm2Signature, VerifyingKey};
use sm3::Digest as _;

use crate::asn1::{Element, tag, write};
use crate::{HashAlgorithm, KeyFamily, ParseError, SignatureAlgorithm, VerifyError, oid};

/// The identifier that Z_A is computed over where none is agreed (GM/T 0009 §10).
pub const SM2_DEFAULT_ID: &str = "1234567812345678";

/// RSA moduli accepted for verification, in bits.
const RSA_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;
const MAX_SPKI: usize = 4096;

/// A public key that signatures can be verified with. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey {
    spki: Arc<[u8]>,
    inner: Inner,
}

#[derive(Clone)]
enum Inner {
    Sm2(Box<VerifyingKey>),
    /// DER RSAPublicKey and the length of the modulus in bits.
    Rsa(Arc<[u8]>, usize),
    /// An uncompressed point.
    P256(Arc<[u8]>),
    P384(Arc<[u8]>),
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo: RSA, P-256, P-384 or SM2 with a named curve and an
    /// uncompressed point.
    ///
    /// # Errors
    /// [`ParseError::UnsupportedAlgorithm`] for other keys; malformed ones, points off the SM2 curve
    /// among them.
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, ParseError> {
        const WHAT: &str = "public key";
        if spki.len() > MAX_SPKI {
            return Err(ParseError::TooLarge {
                what: WHAT,
                limit: MAX_SPKI,
            });
        }
        let mut fields = Element::parse(spki, WHAT)?.sequence(WHAT)?;
        let mut algorithm = fields.required()?.sequence(WHAT)?;
        let key = fields.required()?.bit_string_octets(WHAT)?;
        fields.finish()?;
        let oid = algorithm.oid()?;
        let parameters = algorithm.next()?;
        algorithm.finish()?;

        let inner = match oid {
            oid::RSA_ENCRYPTION => {
                if parameters.is_some_and(|p| p.tag() != tag::NULL) {
                    return Err(ParseError::Malformed(WHAT));
                }
                Inner::Rsa(key.into(), rsa_modulus_bits(key)?)
            }
            oid::EC_PUBLIC_KEY => {
                let curve = parameters.ok_or(ParseError::Malformed(WHAT))?.oid()?;
                ec_key(&curve, key)?
            }
            other => {
                return Err(ParseError::UnsupportedAlgorithm {
                    what: WHAT,
                    oid: other.to_string(),
                });
            }
        };
        Ok(Self {
            spki: spki.into(),
            inner,
        })
    }

    /// Builds an SM2 key from the two coordinates, 32 bytes each, big-endian (as SKF tokens give them).
    ///
    /// # Errors
    /// [`ParseError::Malformed`] for a point that is not on the curve.
    pub fn from_sm2_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, ParseError> {
        Self::from_spki_der(&ec_spki(&oid::CURVE_SM2, x, y))
    }

    /// Builds a P-256 key from the two coordinates, 32 bytes each, big-endian.
    ///
    /// # Errors
    /// [`ParseError::Malformed`].
    pub fn from_p256_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, ParseError> {
        Self::from_spki_der(&ec_spki(&oid::CURVE_P256, x, y))
    }

    /// Builds an RSA key from modulus and exponent, big-endian, leading zeros allowed.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] for an even or empty modulus or exponent.
    pub fn from_rsa_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, ParseError> {
        let key = write::sequence(&[
            &write::unsigned_integer(modulus),
            &write::unsigned_integer(exponent),
        ]);
        let algorithm = write::sequence(&[&write::oid(&oid::RSA_ENCRYPTION), &write::null()]);
        Self::from_spki_der(&write::sequence(&[&algorithm, &write::bit_string(&key)]))
    }

    /// The DER SubjectPublicKeyInfo, as it came.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The kind of key.
    #[must_use]
    pub const fn family(&self) -> KeyFamily {
        match self.inner {
            Inner::Sm2(_) => KeyFamily::Sm2,
            Inner::Rsa(..) => KeyFamily::Rsa,
            Inner::P256(_) => KeyFamily::P256,
            Inner::P384(_) => KeyFamily::P384,
        }
    }

    /// The length of the RSA modulus, or of the curve's field, in bits.
    #[must_use]
    pub const fn bits(&self) -> usize {
        match self.inner {
            Inner::Rsa(_, bits) => bits,
            Inner::P384(_) => 384,
            Inner::Sm2(_) | Inner::P256(_) => 256,
        }
    }

    /// The contents of the SubjectPublicKeyInfo's BIT STRING: what a key identifier is the hash of
    /// (RFC 5280 §4.2.1.2).
    #[must_use]
    pub fn key_bits(&self) -> Vec<u8> {
        match &self.inner {
            Inner::Sm2(key) => key.to_sec1_bytes().into_vec(),
            Inner::Rsa(key, _) | Inner::P256(key) | Inner::P384(key) => key.to_vec(),
        }
    }

    /// The 32 bytes that an SM2 key really signs: e = SM3(Z_A ‖ message). `None` for other families.
    /// A token that signs digests only (SKF_ECCSignData) is given these.
    #[must_use]
    pub fn sm2_message_digest(&self, message: &[u8]) -> Option<[u8; 32]> {
        let Inner::Sm2(key) = &self.inner else {
            return None;
        };
        let mut hasher = sm3::Sm3::new();
        hasher.update(z_a(&key.to_sec1_bytes()));
        hasher.update(message);
        Some(hasher.finalize().into())
    }

    /// Verifies `signature` over `message` (not over a digest of it).
    ///
    /// # Errors
    /// [`VerifyError`]: mismatch of algorithm and key, RSA outside 2048–8192 bits, an EC signature that
    /// is not strict DER, or a signature that is not right.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        if algorithm.family() != self.family() {
            return Err(VerifyError::AlgorithmMismatch {
                algorithm,
                family: self.family(),
            });
        }
        match &self.inner {
            Inner::Sm2(key) => {
                let raw = ec_signature_to_raw(signature, 32)?;
                let parsed =
                    Sm2Signature::from_slice(&raw).map_err(|_| VerifyError::MalformedSignature)?;
                let e = self
                    .sm2_message_digest(message)
                    .ok_or(VerifyError::BadSignature)?;
                key.verify_prehash(&e, &parsed)
                    .map_err(|_| VerifyError::BadSignature)
            }
            Inner::Rsa(key, bits) => {
                if !RSA_BITS.contains(bits) {
                    return Err(VerifyError::KeySize { bits: *bits });
                }
                let parameters: &'static dyn aws::VerificationAlgorithm = match algorithm.hash() {
                    HashAlgorithm::Sha384 => &aws::RSA_PKCS1_2048_8192_SHA384,
                    HashAlgorithm::Sha512 => &aws::RSA_PKCS1_2048_8192_SHA512,
                    _ => &aws::RSA_PKCS1_2048_8192_SHA256,
                };
                verify_with(parameters, key, message, signature)
            }
            Inner::P256(point) => {
                ec_signature_to_raw(signature, 32)?;
                verify_with(&aws::ECDSA_P256_SHA256_ASN1, point, message, signature)
            }
            Inner::P384(point) => {
                ec_signature_to_raw(signature, 48)?;
                verify_with(&aws::ECDSA_P384_SHA384_ASN1, point, message, signature)
            }
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.family() == other.family() && self.key_bits() == other.key_bits()
    }
}

impl Eq for PublicKey {}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PublicKey")
            .field("family", &self.family())
            .field("bits", &self.bits())
            .finish_non_exhaustive()
    }
}

fn verify_with(
    algorithm: &'static dyn aws::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    aws::UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .map_err(|_| VerifyError::BadSignature)
}

fn ec_spki(curve: &crate::Oid, x: &[u8; 32], y: &[u8; 32]) -> Vec<u8> {
    let algorithm = write::sequence(&[&write::oid(&oid::EC_PUBLIC_KEY), &write::oid(curve)]);
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    write::sequence(&[&algorithm, &write::bit_string(&point)])
}

fn ec_key(curve: &crate::Oid, point: &[u8]) -> Result<Inner, ParseError> {
    const WHAT: &str = "EC public key";
    let uncompressed = |field: usize| point.len() == 1 + 2 * field && point.first() == Some(&0x04);
    match *curve {
        oid::CURVE_SM2 if uncompressed(32) => VerifyingKey::from_sec1_bytes(SM2_DEFAULT_ID, point)
            .map(|key| Inner::Sm2(Box::new(key)))
            .map_err(|_| ParseError::Malformed(WHAT)),
        oid::CURVE_P256 if uncompressed(32) => Ok(Inner::P256(point.into())),
        oid::CURVE_P384 if uncompressed(48) => Ok(Inner::P384(point.into())),
        oid::CURVE_SM2 | oid::CURVE_P256 | oid::CURVE_P384 => Err(ParseError::Malformed(WHAT)),
        other => Err(ParseError::UnsupportedAlgorithm {
            what: "elliptic curve",
            oid: other.to_string(),
        }),
    }
}

fn rsa_modulus_bits(key: &[u8]) -> Result<usize, ParseError> {
    const WHAT: &str = "RSA public key";
    let mut fields = Element::parse(key, WHAT)?.sequence(WHAT)?;
    let modulus = fields.required()?.unsigned_integer(WHAT)?;
    let exponent = fields.required()?.unsigned_integer(WHAT)?;
    fields.finish()?;
    let odd = |number: &[u8]| number.last().is_some_and(|octet| octet & 1 == 1);
    if !odd(modulus) || !odd(exponent) || exponent == [1] {
        return Err(ParseError::Malformed(WHAT));
    }
    let leading = modulus.first().map_or(0, |octet| octet.leading_zeros());
    Ok(modulus.len() * 8 - leading as usize)
}

/// Z_A of GB/T 32918.2 §5.5 for the default identifier and an uncompressed point.
fn z_a(point: &[u8]) -> [u8; 32] {
    // ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG, the last four from GB/T 32918.5 §2, then xA ‖ yA.
    const CURVE: [u8; 128] = curve_constants();
    let mut hasher = sm3::Sm3::new();
    hasher.update((SM2_DEFAULT_ID.len() as u16 * 8).to_be_bytes());
    hasher.update(SM2_DEFAULT_ID);
    hasher.update(CURVE);
    hasher.update(point.get(1..).unwrap_or_default());
    hasher.finalize().into()
}

const fn curve_constants() -> [u8; 128] {
    const HEX: &[u8; 256] = b"fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc\
        28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93\
        32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7\
        bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";
    const fn nibble(digit: u8) -> u8 {
        if digit >= b'a' {
            digit - b'a' + 10
        } else {
            digit - b'0'
        }
    }
    let mut out = [0u8; 128];
    let mut index = 0;
    while index < out.len() {
        out[index] = nibble(HEX[2 * index]) << 4 | nibble(HEX[2 * index + 1]);
        index += 1;
    }
    out
}

/// A strict-DER `SEQUENCE { r INTEGER, s INTEGER }` from r ‖ s, each half of `raw`.
///
/// # Errors
/// [`VerifyError::MalformedSignature`] for an odd length or a zero half.
pub fn ec_signature_from_raw(raw: &[u8]) -> Result<Vec<u8>, VerifyError> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let zero = |number: &[u8]| number.iter().all(|octet| *octet == 0);
    if r.len() != s.len() || r.is_empty() || zero(r) || zero(s) {
        return Err(VerifyError::MalformedSignature);
    }
    Ok(write::sequence(&[
        &write::unsigned_integer(r),
        &write::unsigned_integer(s),
    ]))
}

/// r ‖ s, `field` bytes each, from a strict-DER EC signature.
///
/// # Errors
/// [`VerifyError::MalformedSignature`] for anything but two minimal positive integers that fit.
pub fn ec_signature_to_raw(signature: &[u8], field: usize) -> Result<Vec<u8>, VerifyError> {
    const WHAT: &str = "EC signature";
    let bad = |_: ParseError| VerifyError::MalformedSignature;
    let mut numbers = Element::parse(signature, WHAT)
        .and_then(|element| element.sequence(WHAT))
        .map_err(bad)?;
    let mut raw = vec![0u8; 2 * field];
    for half in raw.chunks_exact_mut(field) {
        let number = numbers
            .required()
            .and_then(|element| element.unsigned_integer(WHAT))
            .map_err(bad)?;
        if number.len() > field || number == [0] {
            return Err(VerifyError::MalformedSignature);
        }
        half[field - number.len()..].copy_from_slice(number);
    }
    numbers.finish().map_err(bad)?;
    Ok(raw)
}

/// The DER DigestInfo of RFC 8017 §9.2, which an RSA token that pads but does not hash is given.
#[must_use]
pub fn digest_info(algorithm: HashAlgorithm, digest: &[u8]) -> Vec<u8> {
    let identifier = write::sequence(&[&write::oid(&algorithm.oid()), &write::null()]);
    write::sequence(&[&identifier, &write::octet_string(digest)])
}
