//! Where objects are painted: a pixmap, the way from millimetres to pixels, and how much may be drawn.

use tiny_skia::{
    BlendMode, FillRule, Mask, Paint, Path, Pixmap, PixmapPaint, PixmapRef, Stroke, Transform,
};

/// Shapes, glyphs and images of one page. A dense form has some thousands, a map some ten thousand.
const MAX_DRAWINGS: usize = 300_000;
/// Points of all paths of one page.
const MAX_POINTS: usize = 4_000_000;
/// Pixels of all clip masks of one page.
const MAX_MASK_PIXELS: u64 = 1 << 30;

pub(super) struct Canvas<'p> {
    pixmap: &'p mut Pixmap,
    to_pixels: Transform,
    drawings: usize,
    points: usize,
    mask_pixels: u64,
}

impl<'p> Canvas<'p> {
    pub(super) const fn new(pixmap: &'p mut Pixmap, to_pixels: Transform) -> Self {
        Self {
            pixmap,
            to_pixels,
            drawings: 0,
            points: 0,
            mask_pixels: 0,
        }
    }

    /// Pixels a millimetre.
    pub(super) const fn scale(&self) -> f32 {
        self.to_pixels.sx
    }

    /// Whether one more thing may be drawn.
    fn room(&mut self, points: usize) -> bool {
        self.drawings += 1;
        self.points = self.points.saturating_add(points);
        self.drawings <= MAX_DRAWINGS && self.points <= MAX_POINTS
    }

    pub(super) fn fill(
        &mut self,
        path: &Path,
        paint: &Paint<'_>,
        rule: FillRule,
        transform: Transform,
        mask: Option<&Mask>,
    ) {
        if self.room(path.len()) {
            let whole = self.to_pixels.pre_concat(transform);
            if sane(path, whole) {
                self.pixmap.fill_path(path, paint, rule, whole, mask);
            }
        }
    }

    pub(super) fn stroke(
        &mut self,
        path: &Path,
        paint: &Paint<'_>,
        stroke: &Stroke,
        transform: Transform,
        mask: Option<&Mask>,
    ) {
        if self.room(path.len()) {
            let whole = self.to_pixels.pre_concat(transform);
            if sane(path, whole) {
                self.pixmap.stroke_path(path, paint, stroke, whole, mask);
            }
        }
    }

    /// An image whose pixels `transform` maps to millimetres.
    pub(super) fn image(
        &mut self,
        image: PixmapRef<'_>,
        opacity: f32,
        blend_mode: BlendMode,
        transform: Transform,
        mask: Option<&Mask>,
    ) {
        if self.room(4) {
            let paint = PixmapPaint {
                opacity,
                blend_mode,
                quality: tiny_skia::FilterQuality::Bilinear,
            };
            let whole = self.to_pixels.pre_concat(transform);
            if whole.is_finite() {
                self.pixmap.draw_pixmap(0, 0, image, &paint, whole, mask);
            }
        }
    }

    /// A mask of the inside of these paths, cut by `other`. `None` where no more masks may be made, or they are
    /// none: what would be cut is not drawn then.
    pub(super) fn mask(
        &mut self,
        paths: &[(Path, Transform)],
        other: Option<&Mask>,
    ) -> Option<Mask> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        self.mask_pixels += u64::from(width) * u64::from(height);
        if self.mask_pixels > MAX_MASK_PIXELS {
            return None;
        }
        let mut mask = Mask::new(width, height)?;
        for (path, transform) in paths {
            let whole = self.to_pixels.pre_concat(*transform);
            if self.room(path.len()) && sane(path, whole) {
                mask.fill_path(path, FillRule::Winding, true, whole);
            }
        }
        if let Some(other) = other {
            for (own, other) in mask.data_mut().iter_mut().zip(other.data()) {
                *own = (u16::from(*own) * u16::from(*other) / 255) as u8;
            }
        }
        Some(mask)
    }
}

/// What lies a thousand pages away costs the rasteriser and shows nothing.
fn sane(path: &Path, transform: Transform) -> bool {
    let bounds = path.bounds().transform(transform);
    bounds.is_some_and(|bounds| {
        [bounds.left(), bounds.top(), bounds.right(), bounds.bottom()]
            .iter()
            .all(|edge| edge.is_finite() && edge.abs() < 1e6)
    })
}
