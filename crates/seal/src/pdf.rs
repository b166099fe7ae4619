//! PDF (ISO 32000-2): seals as appended revisions.
//!
//! | step | function | where |
//! |---|---|---|
//! | make the revision with room for a signature | [`prepare`] | server |
//! | hash what the signature covers | [`digest()`] | server, agent |
//! | look at a revision that came from elsewhere | [`tail::inspect`] | agent |
//! | put the CMS in its place | [`complete`] | server |
//! | say what a file's signatures are worth | [`verify()`] | anyone |
//!
//! Reading is strict throughout: [`revision`] walks the file without any repair, because a file
//! that two readers could understand differently is never *valid*.

mod bytes;
pub mod diff;
mod digest;
pub mod document;
mod filter;
pub mod form;
pub mod object;
pub mod pages;
mod prepare;
pub mod revision;
mod second_parser;
pub mod signature;
pub mod source;
pub mod syntax;
pub mod tail;
mod time;
mod verify;
pub mod xref;

pub use digest::digest;
pub use prepare::{DEFAULT_CAPACITY, PrepareError, Prepared, SealSpec, free_field_name, prepare};
pub use tail::complete;
pub use verify::{Policy, VerifyOptions, verify};

pub(crate) use time::rfc3339;
pub(crate) use verify::{describe, trust};

use document::Document;
use pages::PageGeometry;
use revision::WalkError;
use source::Source;

/// How a signature is packed (`/SubFilter`, ISO 32000-2 §12.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubFilter {
    /// CMS with signing-certificate-v2 (ETSI EN 319 142-1): RSA and P-256.
    EtsiCadesDetached,
    /// CMS, detached: here SM2 in the GM OIDs (GM/T 0010); RSA and P-256 of others.
    AdbePkcs7Detached,
}

impl SubFilter {
    /// The name as it stands in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EtsiCadesDetached => "ETSI.CAdES.detached",
            Self::AdbePkcs7Detached => "adbe.pkcs7.detached",
        }
    }

    /// The format of that name, if this crate verifies it.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::EtsiCadesDetached, Self::AdbePkcs7Detached]
            .into_iter()
            .find(|format| format.name() == name)
    }

    /// The format in which a key of this family signs here.
    pub const fn for_family(family: pki::KeyFamily) -> Self {
        match family {
            pki::KeyFamily::Sm2 => Self::AdbePkcs7Detached,
            _ => Self::EtsiCadesDetached,
        }
    }
}

/// The pages of a file, in order, after the strict walk that [`prepare`] makes too.
///
/// # Errors
/// A file that cannot be read strictly, with the reason.
pub fn page_geometries(file: &[u8]) -> Result<Vec<PageGeometry>, WalkError> {
    pages::geometries(&Document::open(Source::whole(file))?.latest())
}
