//! OFD (GB/T 33190-2016): seals as appended signatures.
//!
//! | step | function | where |
//! |---|---|---|
//! | make the new files, Signature.xml among them | [`prepare`] | server |
//! | look at what was prepared elsewhere | [`inspect()`] | agent |
//! | sign Signature.xml with a seal | [`crate::ses`] | agent |
//! | put the signature in its place | [`complete`] | server |
//! | say what a file's signatures are worth | [`verify()`] | anyone |
//!
//! The package is read strictly ([`package`]): a file that two readers of ZIP or XML could understand
//! differently is never *valid*.

mod append;
mod content;
pub mod document;
pub mod location;
pub mod package;
mod prepare;
mod reasons;
pub mod signatures;
mod verify;
pub mod xml;

pub use content::content_digest;
pub use prepare::{Inspected, PrepareError, Prepared, SealSpec, Stamp, complete, inspect, prepare};
pub use verify::{signer_certificates, verify};

/// Whether these are the first bytes of a ZIP, as every OFD is one. What it really is, reading shows.
#[must_use]
pub fn looks_like_ofd(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}
