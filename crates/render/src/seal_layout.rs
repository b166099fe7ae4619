//! The round seal of an organisation, laid out by the rules and practice of 国发〔1999〕25号: a ring, a star in
//! the middle, the name on an arc from lower left over the top to lower right, a title under the star.
//!
//! | | 股份有限公司, 国有 | others |
//! |---|---|---|
//! | diameter | 42 mm | 40 mm |
//! | ring | 1.2 mm | 1.0 mm |
//! | star | 14 mm across | 14 mm across |
//!
//! Arc glyphs are 6.5–7 mm high where the name leaves room; a long name gets lower and narrower ones, as a
//! seal maker cuts them.

use ttf_parser::{GlyphId, OutlineBuilder};

use crate::{
    SealDrawing, SealFont,
    path::{Segment, circle, star},
};

/// The longest name on one arc.
pub const MAX_NAME_CHARS: usize = 40;
/// The longest title under the star.
pub const MAX_TITLE_CHARS: usize = 8;

/// Between ring and glyphs, in millimetres.
const GAP: f64 = 0.9;
const STAR_RADIUS: f64 = 7.0;
/// What glyphs may fill of the pitch; the rest is the space between two.
const FILL: f64 = 0.92;
/// Below this ratio of width to height glyphs are made lower rather than narrower.
const NARROWEST: f64 = 0.5;
const LOWEST_GLYPH: f64 = 3.6;

/// Diameter and ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SealSize {
    /// Outer diameter in millimetres.
    pub diameter_mm: f64,
    /// Width of the ring in millimetres.
    pub ring_mm: f64,
    pub(crate) glyph_mm: f64,
}

impl SealSize {
    /// 国有 and 股份: Ø 42 mm.
    pub const LARGE: Self = Self {
        diameter_mm: 42.0,
        ring_mm: 1.2,
        glyph_mm: 7.0,
    };
    /// 有限公司 and others: Ø 40 mm.
    pub const USUAL: Self = Self {
        diameter_mm: 40.0,
        ring_mm: 1.0,
        glyph_mm: 6.7,
    };

    /// The size that goes with an organisation's kind, as far as its name says it.
    pub fn of(organisation: &str) -> Self {
        if organisation.contains("股份") || organisation.contains("国有") {
            Self::LARGE
        } else {
            Self::USUAL
        }
    }
}

/// What stands on the seal.
#[derive(Clone, Copy, Debug)]
pub struct SealText<'a> {
    /// The organisation's full name, on the arc.
    pub organisation: &'a str,
    /// Such as 电子签章 or 合同专用章, under the star; a plain 公章 has none.
    pub title: Option<&'a str>,
}

/// Why a seal cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealLayoutError {
    /// A name of no or too many characters.
    #[error("a seal holds 2 to {MAX_NAME_CHARS} characters of a name, this one has {chars}")]
    NameLength {
        /// How many it has.
        chars: usize,
    },
    /// A title of no or too many characters.
    #[error("a seal's title has 1 to {MAX_TITLE_CHARS} characters, this one has {chars}")]
    TitleLength {
        /// How many it has.
        chars: usize,
    },
    /// Sides, ring or shape that no seal has.
    #[error("a seal is 10 to 60 mm wide and high, and its ring 0.3 to 3 mm")]
    Size,
    /// A code of something else than digits, or of another length.
    #[error("a seal's code has 13 digits")]
    Code,
    /// The font lacks a character.
    #[error("the seal font has no glyph for `{character}` (U+{:04X})", *character as u32)]
    MissingGlyph {
        /// The character.
        character: char,
    },
}

/// Draws the seal.
pub fn draw(
    text: SealText<'_>,
    size: SealSize,
    font: &SealFont,
) -> Result<SealDrawing, SealLayoutError> {
    let name: Vec<char> = text.organisation.trim().chars().collect();
    let title: Vec<char> = text.title.unwrap_or_default().trim().chars().collect();
    if !(2..=MAX_NAME_CHARS).contains(&name.len()) {
        return Err(SealLayoutError::NameLength { chars: name.len() });
    }
    if text.title.is_some() && !(1..=MAX_TITLE_CHARS).contains(&title.len()) {
        return Err(SealLayoutError::TitleLength { chars: title.len() });
    }

    let radius = size.diameter_mm / 2.0;
    let center = [radius, radius];
    // Two circles in opposite directions: the non-zero rule leaves the ring.
    let ring = [
        circle(center, radius, true),
        circle(center, radius - size.ring_mm, false),
    ]
    .concat();
    let mut shapes = vec![ring, star(center, STAR_RADIUS)];
    let glyphs = Glyphs::new(font);

    let arc = Arc::fit(name.len(), size, !title.is_empty());
    for (at, character) in name.iter().enumerate() {
        let angle = (at as f64 - (name.len() - 1) as f64 / 2.0) * arc.pitch;
        let (sin, cos) = angle.sin_cos();
        // The glyph's foot stands on the inner circle, its head points outwards.
        let placed = move |x: f64, y: f64| {
            let reach = arc.inner_radius + y;
            [
                center[0] + x * cos + reach * sin,
                center[1] + x * sin - reach * cos,
            ]
        };
        shapes.extend(glyphs.outline(*character, arc.width, arc.height, &placed)?);
    }

    if !title.is_empty() {
        // Under the star, where the ends of the arc leave about 13 mm.
        let height = 4.2_f64.min(13.0 / title.len() as f64 * 1.35);
        let width = (height * 0.85).min(13.0 / title.len() as f64 * FILL);
        let pitch = width / FILL;
        let foot = center[1] + STAR_RADIUS + 1.2 + height;
        for (at, character) in title.iter().enumerate() {
            let middle = center[0] + (at as f64 - (title.len() - 1) as f64 / 2.0) * pitch;
            shapes
                .extend(glyphs.outline(*character, width, height, &|x, y| [middle + x, foot - y])?);
        }
    }
    Ok(SealDrawing::new(
        size.diameter_mm,
        size.diameter_mm,
        &shapes,
    ))
}

/// How the name lies on its arc: angles in radians, lengths in millimetres.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub pitch: f64,
    pub inner_radius: f64,
    pub width: f64,
    pub height: f64,
}

impl Arc {
    pub fn fit(count: usize, size: SealSize, with_title: bool) -> Self {
        let outer = size.diameter_mm / 2.0 - size.ring_mm - GAP;
        // Practice is 250–270°; a name too long for that may go further down where no title stands.
        let widest = if with_title || count <= 22 {
            265.0_f64
        } else {
            290.0
        };
        let pitch = (widest / (count - 1) as f64).min(34.0).to_radians();
        let mut height = size.glyph_mm;
        loop {
            let inner_radius = outer - height;
            // Neighbours come closest at their feet: the chord of one pitch on the inner circle.
            let room = 2.0 * inner_radius * (pitch / 2.0).tan() * FILL;
            let width = room.min(height * 0.84);
            if width >= height * NARROWEST || height <= LOWEST_GLYPH {
                return Self {
                    pitch,
                    inner_radius,
                    width,
                    height,
                };
            }
            height -= 0.1;
        }
    }
}

/// Outlines of a face, scaled to a box.
pub(crate) struct Glyphs<'a> {
    face: ttf_parser::Face<'a>,
    em: f64,
}

impl<'a> Glyphs<'a> {
    pub fn new(font: &'a SealFont) -> Self {
        let face = font.face();
        let em = f64::from(face.units_per_em());
        Self { face, em }
    }

    /// The outline of a character in a box of `width` × `height` that stands on y = 0 and is centred on
    /// x = 0 (y upwards), each point through `placed`. A space has none.
    pub fn outline(
        &self,
        character: char,
        width: f64,
        height: f64,
        placed: &dyn Fn(f64, f64) -> [f64; 2],
    ) -> Result<Option<Vec<Segment>>, SealLayoutError> {
        let missing = SealLayoutError::MissingGlyph { character };
        let glyph = self
            .face
            .glyph_index(character)
            .filter(|glyph| *glyph != GlyphId(0))
            .ok_or(missing)?;
        let advance = self
            .face
            .glyph_hor_advance(glyph)
            .map_or(self.em, f64::from);
        // Ink of ideographs fills about 3–97 % of the em across and −9–86 % of it upwards.
        let (foot, head) = (-0.09 * self.em, 0.86 * self.em);
        let y_scale = height / (head - foot);
        // A narrow glyph (Latin, digits) keeps its own proportion.
        let x_scale = (width / (0.94 * advance)).min(y_scale);
        let mut pen = Pen {
            segments: Vec::new(),
            at: [0.0; 2],
            map: &|x, y| {
                placed(
                    (f64::from(x) - advance / 2.0) * x_scale,
                    (f64::from(y) - foot) * y_scale,
                )
            },
        };
        self.face.outline_glyph(glyph, &mut pen);
        Ok((!pen.segments.is_empty()).then_some(pen.segments))
    }
}

struct Pen<'a> {
    segments: Vec<Segment>,
    /// The current point, before mapping.
    at: [f32; 2],
    map: &'a dyn Fn(f32, f32) -> [f64; 2],
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = [x, y];
        self.segments.push(Segment::Move((self.map)(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = [x, y];
        self.segments.push(Segment::Line((self.map)(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // A quadratic as a cubic: its controls lie two thirds of the way to the one control.
        let toward = |from: [f32; 2]| {
            [
                from[0] + (x1 - from[0]) * 2.0 / 3.0,
                from[1] + (y1 - from[1]) * 2.0 / 3.0,
            ]
        };
        let (first, second) = (toward(self.at), toward([x, y]));
        self.curve_to(first[0], first[1], second[0], second[1], x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.at = [x, y];
        let ([a, b], [c, d], [e, f]) = ((self.map)(x1, y1), (self.map)(x2, y2), (self.map)(x, y));
        self.segments.push(Segment::Cubic([a, b, c, d, e, f]));
    }

    fn close(&mut self) {
        self.segments.push(Segment::Close);
    }
}
