//! Which certificate is meant: `CertID` (RFC 6960 §4.1.1).

use aws_lc_rs::digest;

use crate::algorithm::algorithm_oid;
use crate::asn1::{Element, write};
use crate::certificate::read_serial;
use crate::{Certificate, HashAlgorithm, Name, Oid, ParseError, PublicKey, hash, oid};

const WHAT: &str = "CertID";

/// The hash of a CertID. It identifies and proves nothing, so SHA-1, which most clients send, stands
/// here beside those that signatures are made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertIdHash {
    /// SHA-1.
    Sha1,
    /// SM3 or SHA-2.
    Other(HashAlgorithm),
}

impl CertIdHash {
    /// The digest.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1(bytes).to_vec(),
            Self::Other(algorithm) => hash(algorithm, bytes),
        }
    }

    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Sha1 => oid::SHA_1,
            Self::Other(algorithm) => algorithm.oid(),
        }
    }

    fn from_oid(oid: &Oid) -> Option<Self> {
        if *oid == oid::SHA_1 {
            Some(Self::Sha1)
        } else {
            HashAlgorithm::from_oid(oid).map(Self::Other)
        }
    }
}

/// A certificate, by its issuer's name and key, both hashed, and its serial.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertId {
    hash: CertIdHash,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
    serial: Vec<u8>,
    /// The algorithm as it was written, so that an answer repeats it octet by octet.
    algorithm: Vec<u8>,
}

impl CertId {
    /// The CertID of `serial` under an issuer.
    #[must_use]
    pub fn new(hash: CertIdHash, issuer: &Name, key: &PublicKey, serial: &[u8]) -> Self {
        Self {
            hash,
            name_hash: hash.digest(issuer.der()),
            key_hash: hash.digest(&key.key_bits()),
            serial: serial.to_vec(),
            algorithm: identifier(hash),
        }
    }

    /// The CertID of a certificate and its issuer. The name is hashed as it stands in the subject's issuer
    /// field, as §4.1.1 says.
    #[must_use]
    pub fn of(hash: CertIdHash, subject: &Certificate, issuer: &Certificate) -> Self {
        Self::new(
            hash,
            subject.issuer(),
            issuer.public_key(),
            subject.serial(),
        )
    }

    /// The hash that it uses.
    #[must_use]
    pub const fn hash(&self) -> CertIdHash {
        self.hash
    }

    /// The serial's magnitude, big-endian without leading zeros.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether this is a certificate of the issuer with this name and key.
    #[must_use]
    pub fn is_under(&self, issuer: &Name, key: &PublicKey) -> bool {
        self.name_hash == self.hash.digest(issuer.der())
            && self.key_hash == self.hash.digest(&key.key_bits())
    }

    /// Whether it means this certificate of this issuer.
    #[must_use]
    pub fn means(&self, subject: &Certificate, issuer: &Certificate) -> bool {
        self.serial == subject.serial() && self.is_under(subject.issuer(), issuer.public_key())
    }

    pub(super) fn read(element: &Element<'_>) -> Result<Self, ParseError> {
        let mut fields = element.sequence(WHAT)?;
        let algorithm = fields.required()?;
        let oid = algorithm_oid(&algorithm, WHAT)?;
        let hash = CertIdHash::from_oid(&oid).ok_or_else(|| ParseError::UnsupportedAlgorithm {
            what: WHAT,
            oid: oid.to_string(),
        })?;
        let name_hash = fields.required()?.octet_string(WHAT)?.to_vec();
        let key_hash = fields.required()?.octet_string(WHAT)?.to_vec();
        let serial = read_serial(&fields.required()?)?;
        fields.finish()?;
        Ok(Self {
            hash,
            name_hash,
            key_hash,
            serial,
            algorithm: algorithm.raw().to_vec(),
        })
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        write::sequence(&[
            &self.algorithm,
            &write::octet_string(&self.name_hash),
            &write::octet_string(&self.key_hash),
            &write::unsigned_integer(&self.serial),
        ])
    }
}

/// NULL parameters for SHA-1, as every client writes it; none for the others (RFC 5754 §2).
fn identifier(hash: CertIdHash) -> Vec<u8> {
    let oid = write::oid(&hash.oid());
    match hash {
        CertIdHash::Sha1 => write::sequence(&[&oid, &write::null()]),
        CertIdHash::Other(_) => write::sequence(&[&oid]),
    }
}

/// The KeyHash of a responder (RFC 6960 §4.2.1): SHA-1 over the key's bits, without tag, length and unused
/// bits.
#[must_use]
pub fn key_hash(key: &PublicKey) -> [u8; 20] {
    sha1(&key.key_bits())
}

/// An identifier, not a protection: nothing that is signed goes through it.
pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    out
}
