//! What can go wrong when bytes are read, verified or signed.

use crate::{KeyFamily, SignatureAlgorithm};

/// Bytes that are not what they should be. Each variant names the structure or field it happened in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The input is larger than the decoder accepts; nothing of it was read.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// The structure that was to be read.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// More elements than the decoder accepts.
    #[error("{what} has more than {limit} elements")]
    TooMany {
        /// The list that is too long.
        what: &'static str,
        /// The limit in elements.
        limit: usize,
    },
    /// Not strict DER, or not the structure that the standard defines.
    #[error("{0} is not well-formed")]
    Malformed(&'static str),
    /// Bytes follow the end of the structure.
    #[error("bytes follow the end of {0}")]
    TrailingBytes(&'static str),
    /// A field or extension that may stand once stands twice.
    #[error("{0} stands more than once")]
    Duplicate(&'static str),
    /// A version that is not read here.
    #[error("{0} has a version that is not supported")]
    Version(&'static str),
    /// An algorithm, by dotted OID, that is not read here.
    #[error("{what} uses the algorithm {oid}, which is not supported")]
    UnsupportedAlgorithm {
        /// Where the algorithm stands.
        what: &'static str,
        /// The dotted OID.
        oid: String,
    },
    /// A PEM text without a block of the wanted label, or with a damaged one.
    #[error("no readable PEM block {0}")]
    Pem(&'static str),
}

/// Why a signature does not stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not match")]
    BadSignature,
    /// An EC signature that is not strict DER with r and s in range.
    #[error("the signature is not strict DER")]
    MalformedSignature,
    /// Algorithm and key do not belong together.
    #[error("{algorithm:?} cannot be verified by a {family:?} key")]
    AlgorithmMismatch {
        /// The algorithm that was named.
        algorithm: SignatureAlgorithm,
        /// The key's family.
        family: KeyFamily,
    },
    /// An RSA key below 2048 or above 8192 bits.
    #[error("an RSA key of {bits} bits is not accepted")]
    KeySize {
        /// The modulus length in bits.
        bits: usize,
    },
}

/// Why a signature could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key or the library refused.
    #[error("signing failed")]
    Failed,
    /// A private key that cannot be read.
    #[error("the private key cannot be read")]
    Key,
    /// No randomness could be had.
    #[error("no randomness")]
    Randomness,
    /// Whoever signs (a token, a remote module) said no.
    #[error("the signer refused: {0}")]
    Refused(String),
}
