//! Keys, algorithms, certificates, path validation, revocation lists and CMS: pure, no I/O, no clock.
//!
//! What a reader looks for, by standard:
//!
//! | module | what | standard |
//! |---|---|---|
//! | [`Certificate`], [`Name`] | reading certificates | RFC 5280 §4, RFC 4514 |
//! | [`PublicKey`], [`Signer`], [`SoftwareKey`] | signatures, SM2 always with Z_A | GB/T 32918.2, RFC 8017, FIPS 186-5 |
//! | [`path`] | trust anchors and path validation | RFC 5280 §6 |
//! | [`crl`] | revocation by list | RFC 5280 §5, §6.3 |
//! | [`ocsp`] | revocation by question and answer | RFC 6960, RFC 9654 |
//! | [`tsp`] | time stamps | RFC 3161, RFC 5816 |
//! | [`cms`] | SignedData in both OID families | RFC 5652, GM/T 0010, RFC 5035 |
//! | [`pkcs10`] | certification requests | RFC 2986 |
//!
//! Signed bytes are kept as they came and verified as they came; nothing is decoded and encoded again
//! before a signature over it is checked. Every decoder has a limit on its input and reads strict DER.

pub mod asn1;
pub mod cms;
pub mod crl;
pub mod ocsp;
pub mod oid;
pub mod path;
pub mod pkcs10;
pub mod tsp;

mod algorithm;
mod certificate;
mod distribution_point;
mod error;
mod extensions;
mod hash;
mod key;
mod name;
mod pem;
mod signer;
mod software_key;
mod time;

pub use algorithm::{KeyFamily, SignatureAlgorithm};
pub use certificate::Certificate;
pub use der::oid::ObjectIdentifier as Oid;
pub use error::{ParseError, SignError, VerifyError};
pub use extensions::{BasicConstraints, Extension, KeyUsage};
pub use hash::{HashAlgorithm, Hasher, hash};
pub use key::{PublicKey, SM2_DEFAULT_ID, digest_info, ec_signature_from_raw, ec_signature_to_raw};
pub use name::{Name, NameAttribute};
pub use pem::{pem_decode, pem_encode};
pub use signer::Signer;
pub use software_key::SoftwareKey;
pub use time::UnixTime;
