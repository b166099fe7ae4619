//! Text objects (§11): glyphs of the file's font where it brings one, else of the CJK font.

use seal::ofd::xml::Element;
use tiny_skia::{FillRule, Path, PathBuilder, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::objects::{Painter, Place, Style, number, paint};
use tiny_skia::Color;

/// Characters of one text object.
const MAX_CHARACTERS: usize = 50_000;

impl Painter<'_, '_> {
    pub(super) fn text(&mut self, object: &Element, style: &Style, place: Place<'_>) {
        let Some(size) = number(object, "Size").filter(|size| *size > 0.0) else {
            return;
        };
        let brought = object
            .attribute("Font")
            .and_then(|id| self.resources.font(id));
        let own = brought
            .as_ref()
            .and_then(|bytes| Face::parse(bytes.as_slice(), 0).ok());
        let fallback = self.font.map(crate::SealFont::face);
        let fonts = Fonts { own, fallback };
        let stretch = number(object, "HScale")
            .filter(|scale| *scale > 0.0)
            .unwrap_or(1.0);
        let slant = match object.attribute("Italic") {
            Some("true" | "1") => 0.21,
            _ => 0.0,
        };
        let fill = match object.attribute("Fill") {
            Some("false" | "0") => None,
            _ => Some(style.fill.unwrap_or(Color::BLACK)),
        };
        let stroked = matches!(object.attribute("Stroke"), Some("true" | "1"));
        let given = glyphs(object);
        let mut pen = Pen::default();
        let mut position = 0usize;
        for code in object.all("TextCode") {
            pen.begin(code);
            let (dx, dy) = (deltas(code, "DeltaX"), deltas(code, "DeltaY"));
            for (index, character) in code.text.chars().take(MAX_CHARACTERS).enumerate() {
                let glyph = match given.get(position) {
                    Some(Given::Glyph(id)) => fonts.by_number(*id, character),
                    Some(Given::Taken) => None,
                    _ => fonts.of(character),
                };
                position += 1;
                if let Some(glyph) = &glyph {
                    let scale = size / glyph.units;
                    let transform = place.transform.pre_concat(Transform::from_row(
                        scale * stretch,
                        0.0,
                        scale * slant,
                        -scale,
                        pen.x,
                        pen.y,
                    ));
                    if let Some(outline) = &glyph.outline {
                        if let Some(color) = fill {
                            self.canvas.fill(
                                outline,
                                &paint(color, style.opacity),
                                FillRule::Winding,
                                transform,
                                place.mask,
                            );
                        }
                        if stroked {
                            let mut line = style.line.clone();
                            line.width /= scale;
                            self.canvas.stroke(
                                outline,
                                &paint(style.stroke, style.opacity),
                                &line,
                                transform,
                                place.mask,
                            );
                        }
                    }
                }
                let advance = glyph
                    .as_ref()
                    .map_or(size, |glyph| glyph.advance * size * stretch);
                // Fewer numbers than characters: makers mean the last one for the rest.
                let last = dx.last().copied();
                let vertical = dx.is_empty() && !dy.is_empty();
                let alone = if vertical { 0.0 } else { advance };
                pen.x += dx.get(index).copied().or(last).unwrap_or(alone);
                pen.y += dy.get(index).or(dy.last()).copied().unwrap_or(0.0);
            }
        }
    }
}

/// Where the next glyph stands. A TextCode without a coordinate goes on from the last that named one.
#[derive(Default)]
struct Pen {
    x: f32,
    y: f32,
    start: [f32; 2],
}

impl Pen {
    fn begin(&mut self, code: &Element) {
        self.start = [
            number(code, "X").unwrap_or(self.start[0]),
            number(code, "Y").unwrap_or(self.start[1]),
        ];
        [self.x, self.y] = self.start;
    }
}

/// `1.5 g 3 2.0 4`: numbers, and `g` with how often the next one is repeated (§11.3).
fn deltas(code: &Element, name: &str) -> Vec<f32> {
    let mut out = Vec::new();
    let Some(text) = code.attribute(name) else {
        return out;
    };
    let mut parts = text.split_ascii_whitespace();
    while let Some(part) = parts.next() {
        let (count, value) = if part == "g" {
            let count = parts.next().and_then(|count| count.parse::<usize>().ok());
            (count.unwrap_or(0), parts.next().unwrap_or_default())
        } else {
            (1, part)
        };
        let value = value.parse::<f32>().ok().filter(|value| value.is_finite());
        let room = MAX_CHARACTERS - out.len();
        out.extend(std::iter::repeat_n(value.unwrap_or(0.0), count.min(room)));
    }
    out
}

/// What CGTransform says about a character.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    Glyph(u16),
    /// Its glyph stands at the character before: a ligature.
    Taken,
}

/// Glyph numbers by character position (§11.4).
fn glyphs(object: &Element) -> Vec<Given> {
    let mut out: Vec<Given> = Vec::new();
    for transform in object.all("CGTransform") {
        let whole = |name: &str| {
            transform
                .attribute(name)
                .and_then(|n| n.parse::<usize>().ok())
        };
        let Some(start) = whole("CodePosition").filter(|start| *start < MAX_CHARACTERS) else {
            continue;
        };
        let codes = whole("CodeCount").unwrap_or(1).min(MAX_CHARACTERS);
        let ids: Vec<u16> = transform
            .all("Glyphs")
            .flat_map(|list| list.text.split_ascii_whitespace())
            .take(MAX_CHARACTERS)
            .filter_map(|id| id.parse().ok())
            .collect();
        let end = start + codes;
        if out.len() < end {
            out.resize(end, Given::Nothing);
        }
        for (index, slot) in out[start..end].iter_mut().enumerate() {
            *slot = ids.get(index).map_or(Given::Taken, |id| Given::Glyph(*id));
        }
    }
    out
}

struct Fonts<'f> {
    own: Option<Face<'f>>,
    fallback: Option<Face<'f>>,
}

struct Glyph {
    outline: Option<Path>,
    /// In ems.
    advance: f32,
    units: f32,
}

impl Fonts<'_> {
    /// By number in the file's own font; a number means nothing in another one.
    fn by_number(&self, id: u16, character: char) -> Option<Glyph> {
        match &self.own {
            Some(face) => Some(glyph(face, GlyphId(id))),
            None => self.of(character),
        }
    }

    fn of(&self, character: char) -> Option<Glyph> {
        let in_face = |face: &Face<'_>| {
            let id = face.glyph_index(character).or_else(|| {
                // Subsets of symbol fonts keep their characters in the private area.
                char::from_u32(0xf000 + u32::from(character)).and_then(|c| face.glyph_index(c))
            })?;
            Some(glyph(face, id))
        };
        self.own
            .as_ref()
            .and_then(in_face)
            .or_else(|| self.fallback.as_ref().and_then(in_face))
    }
}

fn glyph(face: &Face<'_>, id: GlyphId) -> Glyph {
    let units = f32::from(face.units_per_em().max(16));
    let mut outline = Outline(PathBuilder::new());
    face.outline_glyph(id, &mut outline);
    Glyph {
        outline: outline.0.finish(),
        advance: face
            .glyph_hor_advance(id)
            .map_or(1.0, |advance| f32::from(advance) / units),
        units,
    }
}

struct Outline(PathBuilder);

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
