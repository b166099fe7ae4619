//! A seal's drawing: vector shapes in one colour, and its three forms.

use seal::VectorPicture;
use serde::{Deserialize, Serialize};

use crate::path::{self, Segment, decimal};

/// Points to a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// The red of seal paste, as sRGB.
const RED: [u8; 3] = [0xd7, 0x19, 0x1f];

/// A seal as vector paths, in millimetres from its top left corner. It is drawn once and kept, so that a
/// later font or rule never changes a seal that was in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealDrawing {
    /// Width in millimetres.
    pub width_mm: f64,
    /// Height in millimetres.
    pub height_mm: f64,
    /// SVG path data, each filled by the non-zero rule.
    paths: Vec<String>,
    /// The colour as sRGB; none is the red of seal paste.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ink: Option<[u8; 3]>,
}

impl SealDrawing {
    pub(crate) fn new(width_mm: f64, height_mm: f64, shapes: &[Vec<Segment>]) -> Self {
        Self {
            width_mm,
            height_mm,
            paths: shapes.iter().map(|shape| path::write(shape)).collect(),
            ink: None,
        }
    }

    /// The same in another colour.
    #[must_use]
    pub(crate) fn with_ink(mut self, ink: [u8; 3]) -> Self {
        self.ink = Some(ink);
        self
    }

    fn colour(&self) -> [u8; 3] {
        self.ink.unwrap_or(RED)
    }

    /// Reads the JSON that serde wrote; `None` where sizes or paths are not what [`crate::draw`] makes.
    pub fn from_json(text: &str) -> Option<Self> {
        let drawing: Self = serde_json::from_str(text).ok()?;
        let sizes_fit = [drawing.width_mm, drawing.height_mm]
            .iter()
            .all(|size| (1.0..=100.0).contains(size));
        (sizes_fit && drawing.paths.iter().all(|d| path::read(d).is_some())).then_some(drawing)
    }

    /// The drawing as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and strings always serialise")
    }

    /// The drawing as it stands in a PDF: a content stream (ISO 32000-2 §8.5) with the origin at the lower
    /// left corner, in points.
    pub fn picture(&self) -> VectorPicture {
        VectorPicture {
            content: self.pdf_content(),
            width_mm: self.width_mm,
            height_mm: self.height_mm,
        }
    }

    fn pdf_content(&self) -> Vec<u8> {
        let [r, g, b] = self
            .colour()
            .map(|channel| decimal(f64::from(channel) / 255.0));
        let mut out = format!("{r} {g} {b} rg\n");
        let point = |x: f64, y: f64| {
            format!(
                "{} {}",
                decimal(x * POINTS),
                decimal((self.height_mm - y) * POINTS)
            )
        };
        for segments in self.shapes() {
            for segment in segments {
                out.push_str(&match segment {
                    Segment::Move([x, y]) => format!("{} m\n", point(x, y)),
                    Segment::Line([x, y]) => format!("{} l\n", point(x, y)),
                    Segment::Cubic([a, b, c, d, e, f]) => {
                        format!("{} {} {} c\n", point(a, b), point(c, d), point(e, f))
                    }
                    Segment::Close => "h\n".to_owned(),
                });
            }
            out.push_str("f\n");
        }
        out.into_bytes()
    }

    /// An SVG document without script, style, font or link.
    pub fn svg(&self) -> String {
        let [r, g, b] = self.colour();
        let (width, height) = (decimal(self.width_mm), decimal(self.height_mm));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
             viewBox=\"0 0 {width} {height}\" fill=\"#{r:02x}{g:02x}{b:02x}\">"
        );
        for segments in self.shapes() {
            out.push_str(&format!("<path d=\"{}\"/>", path::write(&segments)));
        }
        out.push_str("</svg>");
        out
    }

    /// A PNG with a transparent ground, `width` pixels wide (16–2000).
    pub fn png(&self, width: u32) -> Option<Vec<u8>> {
        let width = width.clamp(16, 2000);
        let scale = f64::from(width) / self.width_mm;
        let mut pixmap = tiny_skia::Pixmap::new(width, (self.height_mm * scale).round() as u32)?;
        let mut paint = tiny_skia::Paint::default();
        let [r, g, b] = self.colour();
        paint.set_color_rgba8(r, g, b, 255);
        let transform = tiny_skia::Transform::from_scale(scale as f32, scale as f32);
        for segments in self.shapes() {
            let mut builder = tiny_skia::PathBuilder::new();
            for segment in segments {
                match segment {
                    Segment::Move([x, y]) => builder.move_to(x as f32, y as f32),
                    Segment::Line([x, y]) => builder.line_to(x as f32, y as f32),
                    Segment::Cubic(p) => {
                        let [a, b, c, d, e, f] = p.map(|v| v as f32);
                        builder.cubic_to(a, b, c, d, e, f);
                    }
                    Segment::Close => builder.close(),
                }
            }
            if let Some(path) = builder.finish() {
                pixmap.fill_path(&path, &paint, tiny_skia::FillRule::Winding, transform, None);
            }
        }
        pixmap.encode_png().ok()
    }

    #[cfg(test)]
    pub(crate) fn points(&self) -> Vec<[f64; 2]> {
        self.shapes()
            .flatten()
            .filter_map(|segment| match segment {
                Segment::Move(point) | Segment::Line(point) => Some(point),
                Segment::Cubic([.., x, y]) => Some([x, y]),
                Segment::Close => None,
            })
            .collect()
    }

    fn shapes(&self) -> impl Iterator<Item = Vec<Segment>> {
        self.paths.iter().map(|d| path::read(d).unwrap_or_default())
    }
}
