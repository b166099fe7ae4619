//! Pages and seal pictures as images and vectors.
//!
//! - [`Document`]: the pages of a PDF as PNGs, within limits.
//! - [`SealDrawing`]: the round seal of an organisation as vector paths, for PDF, SVG and PNG.
//! - [`SealFont`]: the CJK font behind both, found at run time and never embedded.

mod font;
mod page;
mod path;
mod picture;
mod seal_layout;

pub use font::{FontError, SealFont};
pub use page::{Document, MAX_PIXELS, MAX_WIDTH, PageError};
pub use picture::SealDrawing;
pub use seal_layout::{MAX_NAME_CHARS, MAX_TITLE_CHARS, SealLayoutError, SealSize, SealText, draw};
