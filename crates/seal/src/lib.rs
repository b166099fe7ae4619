//! Seals on documents: place, append, verify, difference, report.
//!
//! A sealed original is never changed: a seal is an appended revision, and earlier seals stay
//! valid. Files are read through maps; nothing here copies a file as a whole, opens one, or asks
//! the network or the clock.

pub mod pdf;
mod picture;
pub mod ses;

pub use picture::VectorPicture;
