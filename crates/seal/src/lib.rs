//! Seals on documents: place, append, verify, difference, report.
//!
//! A sealed original is never changed: a seal is an appended revision, and earlier seals stay
//! valid. Files are read through maps; nothing here copies a file as a whole, opens one, or asks
//! the network or the clock.

pub mod ofd;
pub mod pdf;
mod picture;
mod reasons;
pub mod ses;

pub use picture::VectorPicture;

use std::sync::Arc;

/// Verifies all signatures of a PDF or an OFD; which of the two it is, its first bytes say.
pub fn verify<F: AsRef<[u8]> + Send + Sync + 'static>(
    file: &Arc<F>,
    options: &pdf::VerifyOptions<'_>,
) -> contract::Report {
    let bytes: &[u8] = (**file).as_ref();
    if ofd::looks_like_ofd(bytes) {
        ofd::verify(bytes, options)
    } else {
        pdf::verify(file, options)
    }
}
