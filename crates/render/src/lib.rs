//! Pages and seal pictures as images and vectors.
//!
//! - [`Document`]: the pages of a PDF as PNGs, within limits.
//! - [`OfdDocument`]: the same of an OFD.
//! - [`SealDrawing`]: the round seal of an organisation as vector paths, for PDF, SVG and PNG.
//! - [`forms`]: application forms, labels and cover sheets for print.
//! - [`PictureKind`]: uploaded PNG and JPEG pictures, and small ones of them.
//! - [`SealFont`]: the CJK font behind both, found at run time; of it a form alone embeds the glyphs that it uses.

mod font;
mod form;
mod ofd;
mod page;
mod path;
mod picture;
mod picture_file;
mod seal_layout;
mod seal_rules;
mod seal_scan;
mod seal_strokes;

pub use font::{FontError, SealFont};
pub use form::{Block, FormError, MAX_SHEETS, Sheet, forms};
pub use ofd::OfdDocument;
pub use page::{Document, MAX_PIXELS, MAX_WIDTH, PageError};
pub use picture::SealDrawing;
pub use picture_file::{MAX_PICTURE_PIXELS, PictureFileError, PictureKind};
pub use seal_layout::{MAX_NAME_CHARS, MAX_TITLE_CHARS, SealLayoutError, SealSize, SealText, draw};
pub use seal_rules::{SealRules, SealShape, draw_rules};
pub use seal_scan::{ScanError, trace};
pub use seal_strokes::{StrokesError, strokes};
