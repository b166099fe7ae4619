//! Hash functions: SM3 (GB/T 32905) and SHA-2 (FIPS 180-4).

use aws_lc_rs::digest;
use sm3::Digest as _;

use crate::{Oid, oid};

/// A hash function that signatures here are made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashAlgorithm {
    /// SM3, 32 bytes.
    Sm3,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// The digest's length in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sm3 | Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm's object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Sm3 => oid::SM3,
            Self::Sha256 => oid::SHA_256,
            Self::Sha384 => oid::SHA_384,
            Self::Sha512 => oid::SHA_512,
        }
    }

    /// The algorithm that an object identifier names, where it is one of ours.
    #[must_use]
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        [Self::Sm3, Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.oid() == *oid)
    }

    /// The lower-case name used in JSON: `sm3`, `sha256`, `sha384`, `sha512`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sm3 => "sm3",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

/// A hash in progress. Cloning it forks the state, so that many ends of one stream cost one pass.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sm3(sm3::Sm3),
    Sha2(digest::Context),
}

impl Hasher {
    /// Starts a hash.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        let sha2 = |algorithm| State::Sha2(digest::Context::new(algorithm));
        Self(match algorithm {
            HashAlgorithm::Sm3 => State::Sm3(sm3::Sm3::new()),
            HashAlgorithm::Sha256 => sha2(&digest::SHA256),
            HashAlgorithm::Sha384 => sha2(&digest::SHA384),
            HashAlgorithm::Sha512 => sha2(&digest::SHA512),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sm3(state) => state.update(bytes),
            State::Sha2(state) => state.update(bytes),
        }
    }

    /// Ends the hash; the result has [`HashAlgorithm::output_len`] bytes.
    #[must_use]
    pub fn finalize(self) -> Vec<u8> {
        match self.0 {
            State::Sm3(state) => state.finalize().to_vec(),
            State::Sha2(state) => state.finish().as_ref().to_vec(),
        }
    }
}

impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

/// The digest of `bytes`.
#[must_use]
pub fn hash(algorithm: HashAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finalize()
}
