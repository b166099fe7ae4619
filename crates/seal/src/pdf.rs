//! PDF (ISO 32000-2): seals as appended revisions.
//!
//! | step | function | where |
//! |---|---|---|
//! | make the revision with room for a signature | [`prepare`] | server |
//! | hash what the signature covers | [`digest()`] | server, agent |
//! | look at a revision that came from elsewhere | [`tail::inspect`] | agent |
//! | put the CMS in its place | [`complete`] | server |
//! | add evidence, a document time stamp | [`append_store`], [`prepare_time_stamp`] | server |
//! | choose places | [`placement`], [`keyword`] | server, pages |
//! | say what a file's signatures are worth | [`verify()`] | anyone |
//!
//! Reading is strict throughout: [`revision`] walks the file without any repair, because a file
//! that two readers could understand differently is never *valid*.

mod appearance;
mod bytes;
pub mod diff;
mod digest;
pub mod document;
mod filter;

pub mod form;
pub mod keyword;
mod layout;
pub mod longterm;
pub mod object;
pub mod pages;
pub mod placement;
mod prepare;
pub mod revision;
mod second_parser;
pub mod signature;
pub mod source;
pub mod syntax;
pub mod tail;
mod time;
mod verify;
mod writer;
pub mod xref;

pub use digest::digest;
pub use longterm::{StoreSpec, append_store, prepare_time_stamp};
pub use prepare::{
    DEFAULT_CAPACITY, MAX_WIDGETS, PrepareError, Prepared, SealSpec, SignatureSpec,
    free_field_name, prepare, prepare_signature,
};
pub use tail::complete;
pub use verify::{Policy, VerifyOptions, verify};

pub(crate) use time::rfc3339;
pub(crate) use verify::{describe, trust};

use document::Document;
use pages::PageGeometry;
use revision::WalkError;
use source::Source;

/// How a signature is packed (`/SubFilter`, ISO 32000-2 §12.8.3; GM/T 0112).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubFilter {
    /// CMS with signing-certificate-v2 (ETSI EN 319 142-1): RSA and P-256.
    EtsiCadesDetached,
    /// CMS, detached: here SM2 in the GM OIDs (GM/T 0010); RSA and P-256 of others.
    AdbePkcs7Detached,
    /// A time stamp over the document (RFC 3161).
    EtsiRfc3161,
    /// An SES seal signature over the digest of what is covered (GM/T 0031, GB/T 38540).
    GmSm2Seal,
    /// CMS in the GM OIDs whose content is the digest of what is covered; read only.
    GmSm2CmsDetached,
    /// Either of the two, under a name of its own; read only.
    GmSm2,
}

impl SubFilter {
    /// Every format that is known here.
    pub const ALL: [Self; 6] = [
        Self::EtsiCadesDetached,
        Self::AdbePkcs7Detached,
        Self::EtsiRfc3161,
        Self::GmSm2Seal,
        Self::GmSm2CmsDetached,
        Self::GmSm2,
    ];

    /// The name as it stands in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EtsiCadesDetached => "ETSI.CAdES.detached",
            Self::AdbePkcs7Detached => "adbe.pkcs7.detached",
            Self::EtsiRfc3161 => "ETSI.RFC3161",
            Self::GmSm2Seal => "GM.sm2seal",
            Self::GmSm2CmsDetached => "GM.sm2cms.detached",
            Self::GmSm2 => "GM.SM2",
        }
    }

    /// `/Filter` beside it, as files in the field have it. Readers go by the format.
    pub const fn filter(self) -> &'static str {
        match self {
            Self::GmSm2Seal => "Gomain.GMPkiLite",
            Self::GmSm2CmsDetached => "DJ.GMPkiLite",
            Self::GmSm2 => "GM.PKILite",
            _ => "Adobe.PPKLite",
        }
    }

    /// The format of that name, if this crate verifies it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What a seal of ours may be packed in.
    pub const fn seals(self) -> bool {
        matches!(
            self,
            Self::EtsiCadesDetached | Self::AdbePkcs7Detached | Self::GmSm2Seal
        )
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
