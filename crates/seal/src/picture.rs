//! A seal's picture as data: drawn by others, placed by this crate.

/// A vector picture, ready to stand in a PDF form XObject.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorPicture {
    /// PDF content stream (ISO 32000-2 §8): path, colour and graphics state operators only, no
    /// fonts, images or other resources. One unit is one point (1/72 inch); the origin is the
    /// picture's lower left corner.
    pub content: Vec<u8>,
    /// Width in millimetres.
    pub width_mm: f64,
    /// Height in millimetres.
    pub height_mm: f64,
}
