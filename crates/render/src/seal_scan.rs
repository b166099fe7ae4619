//! Scanned impressions: the paper is taken away, the red is made one red, and the outline is traced as vectors
//! (marching squares), so that a scanned seal is as sharp in print as a drawn one.

use std::collections::HashMap;

use crate::path::Segment;
use crate::picture_file::Rgba;
use crate::seal_strokes::simplified;
use crate::{PictureKind, SealDrawing};

/// The longer side that is traced, in pixels.
const TRACED: usize = 900;
/// Most points of all outlines.
const MAX_POINTS: usize = 15_000;
/// Outlines of less than this many square pixels are dust.
const DUST: f64 = 8.0;
/// From this redness on (0–255) the picture has red ink, and what is not red is paper or print.
const RED_INK: f64 = 50.0;

/// Why nothing was traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// No PNG or JPEG, too large, or broken.
    #[error("the picture can't be decoded")]
    Unreadable,
    /// The file doesn't say how many pixels an inch has.
    #[error("the picture does not say its resolution")]
    NoResolution,
    /// Nothing that looks like an impression.
    #[error("no impression was found in the picture")]
    Nothing,
    /// A side of less than 10 or more than 60 mm.
    #[error("the impression is {width_mm} × {height_mm} mm; a seal is 10 to 60 mm wide and high")]
    Size {
        /// Rounded.
        width_mm: u32,
        /// Rounded.
        height_mm: u32,
    },
    /// Dust or a photograph: too many outlines.
    #[error("the picture has too many outlines; scan the impression alone, on white paper")]
    TooComplex,
}

/// Traces the impression in a PNG or JPEG. `dpi` counts where the file doesn't say its own.
///
/// # Errors
/// [`ScanError`].
pub fn trace(bytes: &[u8], dpi: Option<u32>) -> Result<SealDrawing, ScanError> {
    let kind = PictureKind::of(bytes).ok_or(ScanError::Unreadable)?;
    let dpi = resolution(kind, bytes).or(dpi.map(f64::from));
    let dpi = dpi
        .filter(|dpi| (50.0..=2400.0).contains(dpi))
        .ok_or(ScanError::NoResolution)?;
    let whole = kind.rgba(bytes).ok_or(ScanError::Unreadable)?;
    let ink = Ink::of(&whole);
    let part = extent(&whole, &ink).ok_or(ScanError::Nothing)?;
    let millimetres = |pixels: usize| (pixels as f64 / dpi * 25.4).round() as u32;
    let (width_mm, height_mm) = (millimetres(part.width), millimetres(part.height));
    if !(10..=60).contains(&width_mm) || !(10..=60).contains(&height_mm) {
        return Err(ScanError::Size {
            width_mm,
            height_mm,
        });
    }
    let small = cut(&whole, &part).shrunk(TRACED);
    let field = Field::of(&small, &ink);
    let loops = field.outlines();
    if loops.is_empty() {
        return Err(ScanError::Nothing);
    }
    let scale = [
        f64::from(width_mm) / small.width as f64,
        f64::from(height_mm) / small.height as f64,
    ];
    let mut tolerance = 0.3;
    for _ in 0..5 {
        let simple: Vec<Vec<[f64; 2]>> = loops
            .iter()
            .map(|outline| simplified(outline, tolerance))
            .filter(|outline| outline.len() > 3)
            .collect();
        if simple.iter().map(Vec::len).sum::<usize>() <= MAX_POINTS {
            let shape: Vec<Segment> = simple
                .iter()
                .flat_map(|outline| closed(outline, scale))
                .collect();
            return Ok(SealDrawing::new(
                f64::from(width_mm),
                f64::from(height_mm),
                &[shape],
            ));
        }
        tolerance *= 1.6;
    }
    Err(ScanError::TooComplex)
}

/// One path for all outlines: holes run the other way, so that the non-zero rule leaves them open.
fn closed(outline: &[[f64; 2]], scale: [f64; 2]) -> Vec<Segment> {
    let point = |[x, y]: [f64; 2]| [x * scale[0], y * scale[1]];
    let mut shape = vec![Segment::Move(point(outline[0]))];
    shape.extend(
        outline[1..outline.len() - 1]
            .iter()
            .map(|at| Segment::Line(point(*at))),
    );
    shape.push(Segment::Close);
    shape
}

/// Dots an inch, as pHYs of a PNG or JFIF of a JPEG say it.
fn resolution(kind: PictureKind, bytes: &[u8]) -> Option<f64> {
    match kind {
        PictureKind::Png => {
            // The chunk stands before IDAT, in the first few kilobytes unless a profile comes before it.
            let head = &bytes[..bytes.len().min(1 << 20)];
            let at = head.windows(4).position(|window| window == b"pHYs")? + 4;
            let field = head.get(at..at + 9)?;
            let per_metre = u32::from_be_bytes(field[..4].try_into().ok()?);
            (field[8] == 1).then(|| f64::from(per_metre) * 0.0254)
        }
        PictureKind::Jpeg => {
            let at = bytes[..bytes.len().min(64)]
                .windows(5)
                .position(|window| window == b"JFIF\0")?
                + 5;
            let field = bytes.get(at..at + 5)?;
            let density = f64::from(u16::from_be_bytes([field[3], field[4]]));
            match field[2] {
                1 => Some(density),
                2 => Some(density * 2.54),
                _ => None,
            }
        }
    }
    .filter(|dpi| *dpi > 1.0)
}

/// How ink is told from paper.
struct Ink {
    red: bool,
    /// The measure of full ink.
    full: f64,
}

impl Ink {
    fn of(picture: &Rgba) -> Self {
        let strongest = |measure: fn(&[u8]) -> f64| {
            // The hundredth part that is inkiest, by a histogram; a speck alone counts for nothing.
            let mut counts = [0_usize; 256];
            for pixel in picture.data.chunks_exact(4) {
                counts[measure(pixel).clamp(0.0, 255.0) as usize] += 1;
            }
            let wanted = (picture.data.len() / 4 / 100).max(20);
            let mut seen = 0;
            (0..256).rev().find(|level| {
                seen += counts[*level];
                seen >= wanted
            })
        };
        let red = strongest(redness).unwrap_or_default() as f64;
        if red >= RED_INK {
            return Self {
                red: true,
                full: red,
            };
        }
        Self {
            red: false,
            full: (strongest(darkness).unwrap_or_default() as f64).max(60.0),
        }
    }

    /// 0 (paper) to 1 (ink).
    fn cover(&self, pixel: &[u8]) -> f64 {
        let measure = if self.red {
            redness(pixel)
        } else {
            darkness(pixel)
        };
        (measure / self.full).clamp(0.0, 1.0)
    }
}

fn redness(pixel: &[u8]) -> f64 {
    let others = f64::from(pixel[1].max(pixel[2]));
    (f64::from(pixel[0]) - others) * f64::from(pixel[3]) / 255.0
}

fn darkness(pixel: &[u8]) -> f64 {
    let light = 0.3 * f64::from(pixel[0]) + 0.6 * f64::from(pixel[1]) + 0.1 * f64::from(pixel[2]);
    (255.0 - light) * f64::from(pixel[3]) / 255.0
}

struct Part {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// The rows and columns that have ink; a pixel or two are dust.
fn extent(picture: &Rgba, ink: &Ink) -> Option<Part> {
    let (mut rows, mut columns) = (vec![0_usize; picture.height], vec![0_usize; picture.width]);
    for (at, pixel) in picture.data.chunks_exact(4).enumerate() {
        if ink.cover(pixel) > 0.5 {
            rows[at / picture.width] += 1;
            columns[at % picture.width] += 1;
        }
    }
    let span = |counts: &[usize]| {
        let first = counts.iter().position(|count| *count > 2)?;
        let last = counts.iter().rposition(|count| *count > 2)?;
        Some((first, last + 1 - first))
    };
    let ((top, height), (left, width)) = (span(&rows)?, span(&columns)?);
    Some(Part {
        left,
        top,
        width,
        height,
    })
}

fn cut(picture: &Rgba, part: &Part) -> Rgba {
    let mut data = Vec::with_capacity(part.width * part.height * 4);
    for row in part.top..part.top + part.height {
        let start = (row * picture.width + part.left) * 4;
        data.extend_from_slice(&picture.data[start..start + part.width * 4]);
    }
    Rgba {
        width: part.width,
        height: part.height,
        data,
    }
}

/// Coverage with an empty border, so that every outline closes.
struct Field {
    width: usize,
    height: usize,
    cover: Vec<f64>,
}

/// A side of a cell: the upper (0) or the left one (1) of the cell at column and row.
type Side = (usize, usize, u8);

impl Field {
    fn of(picture: &Rgba, ink: &Ink) -> Self {
        let (width, height) = (picture.width + 2, picture.height + 2);
        let mut cover = vec![0.0; width * height];
        for (at, pixel) in picture.data.chunks_exact(4).enumerate() {
            let (x, y) = (at % picture.width, at / picture.width);
            cover[(y + 1) * width + x + 1] = ink.cover(pixel);
        }
        Self {
            width,
            height,
            cover,
        }
    }

    fn at(&self, x: usize, y: usize) -> f64 {
        self.cover[y * self.width + x]
    }

    /// Where the outline crosses a side, by linear interpolation; pixels' middles are the corners.
    fn crossing(&self, (x, y, which): Side) -> [f64; 2] {
        let (from, to) = match which {
            0 => (self.at(x, y), self.at(x + 1, y)),
            _ => (self.at(x, y), self.at(x, y + 1)),
        };
        let part = (0.5 - from) / (to - from);
        let (dx, dy) = if which == 0 { (part, 0.0) } else { (0.0, part) };
        [x as f64 + dx - 0.5, y as f64 + dy - 0.5]
    }

    /// Closed outlines, first point repeated at the end, ink always on the same hand.
    fn outlines(&self) -> Vec<Vec<[f64; 2]>> {
        let mut next: HashMap<Side, Side> = HashMap::new();
        for y in 0..self.height - 1 {
            for x in 0..self.width - 1 {
                let inked = |x, y| usize::from(self.at(x, y) > 0.5);
                let case = inked(x, y) << 3
                    | inked(x + 1, y) << 2
                    | inked(x + 1, y + 1) << 1
                    | inked(x, y + 1);
                let (top, right, bottom, left) =
                    ((x, y, 0), (x + 1, y, 1), (x, y + 1, 0), (x, y, 1));
                let steps: &[(Side, Side)] = match case {
                    1 => &[(left, bottom)],
                    2 => &[(bottom, right)],
                    3 => &[(left, right)],
                    4 => &[(right, top)],
                    5 => &[(right, top), (left, bottom)],
                    6 => &[(bottom, top)],
                    7 => &[(left, top)],
                    8 => &[(top, left)],
                    9 => &[(top, bottom)],
                    10 => &[(top, left), (bottom, right)],
                    11 => &[(top, right)],
                    12 => &[(right, left)],
                    13 => &[(right, bottom)],
                    14 => &[(bottom, left)],
                    _ => &[],
                };
                next.extend(steps.iter().copied());
            }
        }
        // In the order of their first sides, so that the same picture always gives the same drawing.
        let mut starts: Vec<Side> = next.keys().copied().collect();
        starts.sort_unstable();
        let mut found = Vec::new();
        for start in starts {
            let mut outline = Vec::new();
            let mut side = start;
            while let Some(after) = next.remove(&side) {
                outline.push(self.crossing(side));
                side = after;
            }
            if outline.len() > 3 && area(&outline).abs() >= DUST {
                outline.push(outline[0]);
                found.push(outline);
            }
        }
        found
    }
}

fn area(outline: &[[f64; 2]]) -> f64 {
    let turned = outline.iter().skip(1).chain(outline.first());
    outline
        .iter()
        .zip(turned)
        .map(|(one, other)| one[0] * other[1] - one[1] * other[0])
        .sum::<f64>()
        / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A red ring of 40 mm at 300 dpi on greyish paper, with black print across it.
    fn scan(dpi: Option<u32>) -> Vec<u8> {
        let side = 600_usize;
        let mut data = Vec::with_capacity(side * side * 3);
        for y in 0..side {
            for x in 0..side {
                let from = (x as f64 - 300.0).hypot(y as f64 - 300.0);
                let pixel = if (220.0..236.0).contains(&from) {
                    [205, 60, 70]
                } else if (290..300).contains(&y) {
                    [30, 30, 30]
                } else {
                    [236, 234, 228]
                };
                data.extend_from_slice(&pixel);
            }
        }
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 600, 600);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_pixel_dims(dpi.map(|dpi| {
            let per_metre = (f64::from(dpi) / 0.0254).round() as u32;
            png::PixelDimensions {
                xppu: per_metre,
                yppu: per_metre,
                unit: png::Unit::Meter,
            }
        }));
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&data).unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn a_scan_becomes_vectors_of_its_true_size_without_paper_and_print() {
        let drawing = trace(&scan(Some(300)), None).unwrap();
        assert_eq!((drawing.width_mm, drawing.height_mm), (40.0, 40.0));
        let picture = PictureKind::Png.rgba(&drawing.png(400).unwrap()).unwrap();
        let alpha = |x: usize, y: usize| picture.data[(y * 400 + x) * 4 + 3];
        // The ring is ink; the middle, where print ran, and the corner are nothing.
        assert_eq!((alpha(200, 8), alpha(200, 195), alpha(4, 4)), (255, 0, 0));
        assert_eq!(SealDrawing::from_json(&drawing.to_json()), Some(drawing));
    }

    #[test]
    fn a_scan_without_a_resolution_or_an_impression_is_refused() {
        assert_eq!(trace(&scan(None), None), Err(ScanError::NoResolution));
        assert!(trace(&scan(None), Some(300)).is_ok());
        assert!(matches!(
            trace(&scan(Some(100)), None),
            Err(ScanError::Size { .. })
        ));
        assert_eq!(trace(b"%PDF-1.7", Some(300)), Err(ScanError::Unreadable));
    }
}
