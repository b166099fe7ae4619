//! SES: electronic seals and the signatures made with them, in three versions.
//!
//! | version | standard | read | written |
//! |---|---|---|---|
//! | v1 | GM/T 0031-2014 | yes | no |
//! | v4 | GB/T 38540-2020 | yes | yes |
//! | v5 | GM/T 0031-2025 | yes | yes |
//!
//! [`SesSeal`] is a seal object: a picture, who may use it, until when, signed by the seal's maker.
//! [`SesSignature`] binds a seal, a digest and a time under the user's key. An OFD carries one for each
//! seal, a PDF in `/Contents` under `GM.sm2seal`. Nothing read here is encoded again before a signature
//! over it is checked: real seals write defaults explicitly, so an encoding of ours is another message.

mod check;
mod read;
mod reasons;
mod write;

pub(crate) use check::judge;
pub use read::{
    CertificateDigest, CertificateList, ExtensionData, MAX_SEAL, MAX_SIGNATURE, SealPicture,
    SesSeal, SesSignature, SesTime, SesVersion, signature_algorithm,
};
pub(crate) use reasons::because;
pub use write::{
    SealSpec, TbsSpec, WriteError, seal, seal_info, signature, tbs_sign, with_time_stamp,
};
