//! Seals drawn from rules (shape, size, ring, star, arc text, title, code): round ones after 国发〔1999〕25号, oval ones as
//! 发票专用章 and foreign companies have them, rectangular ones for names.

use serde::{Deserialize, Serialize};

use crate::path::{Segment, circle, star};
use crate::seal_layout::{Arc, Glyphs};
use crate::{MAX_NAME_CHARS, MAX_TITLE_CHARS, SealDrawing, SealFont, SealLayoutError, SealSize};

/// The outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealShape {
    /// A circle: both sides are equal.
    Round,
    /// An ellipse.
    Oval,
    /// A rectangle with the characters in columns from the right, as name seals have them.
    Rectangle,
}

/// What a seal is drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealRules {
    /// The outline.
    pub shape: SealShape,
    /// Millimetres, 10–60.
    pub width_mm: u32,
    /// Millimetres, 10–60.
    pub height_mm: u32,
    /// Width of the ring in millimetres, 0.3–3.
    pub ring_mm: f64,
    /// Whether a star stands in the middle; only of a round one.
    #[serde(default)]
    pub star: bool,
    /// The name on the arc, or the characters of a rectangle.
    pub arc_text: String,
    /// Under the middle.
    #[serde(default)]
    pub title: Option<String>,
    /// 13 digits along the lower edge.
    #[serde(default)]
    pub code: Option<String>,
}

/// Digits of a seal's code (GA/T 公安 印章编码).
const CODE_DIGITS: usize = 13;

/// Draws a seal from its rules.
///
/// # Errors
/// [`SealLayoutError`].
pub fn draw_rules(rules: &SealRules, font: &SealFont) -> Result<SealDrawing, SealLayoutError> {
    let sides = 10..=60;
    let fits = sides.contains(&rules.width_mm)
        && sides.contains(&rules.height_mm)
        && (0.3..=3.0).contains(&rules.ring_mm)
        && (rules.shape != SealShape::Round || rules.width_mm == rules.height_mm)
        && (rules.shape == SealShape::Round || !rules.star);
    if !fits {
        return Err(SealLayoutError::Size);
    }
    let name: Vec<char> = rules.arc_text.trim().chars().collect();
    let title: Vec<char> = rules
        .title
        .as_deref()
        .unwrap_or_default()
        .trim()
        .chars()
        .collect();
    let code: Vec<char> = rules
        .code
        .as_deref()
        .unwrap_or_default()
        .trim()
        .chars()
        .collect();
    if !(2..=MAX_NAME_CHARS).contains(&name.len()) {
        return Err(SealLayoutError::NameLength { chars: name.len() });
    }
    if title.len() > MAX_TITLE_CHARS {
        return Err(SealLayoutError::TitleLength { chars: title.len() });
    }
    let digits = code.len() == CODE_DIGITS && code.iter().all(char::is_ascii_digit);
    if !code.is_empty() && !digits {
        return Err(SealLayoutError::Code);
    }
    let glyphs = Glyphs::new(font);
    let (width, height) = (f64::from(rules.width_mm), f64::from(rules.height_mm));
    let shapes = match rules.shape {
        SealShape::Rectangle => rectangle(width, height, rules.ring_mm, &name, &glyphs)?,
        SealShape::Round | SealShape::Oval => curved(rules, &name, &title, &code, &glyphs)?,
    };
    Ok(SealDrawing::new(width, height, &shapes))
}

/// A circle is an ellipse of equal axes.
fn curved(
    rules: &SealRules,
    name: &[char],
    title: &[char],
    code: &[char],
    glyphs: &Glyphs<'_>,
) -> Result<Vec<Vec<Segment>>, SealLayoutError> {
    let (a, b) = (
        f64::from(rules.width_mm) / 2.0,
        f64::from(rules.height_mm) / 2.0,
    );
    let center = [a, b];
    let squeeze = |shape: Vec<Segment>| squeezed(shape, center, b / a);
    let ring = [
        squeeze(circle(center, a, true)),
        // The ring is as wide at the sides as above, so the inner ellipse is squeezed by its own measure.
        squeezed(
            circle(center, a - rules.ring_mm, false),
            center,
            (b - rules.ring_mm) / (a - rules.ring_mm),
        ),
    ]
    .concat();
    let mut shapes = vec![ring];
    // Proportions of the Ø 40 mm seal: star 14 mm across, glyphs 6.7 mm high.
    let smaller = a.min(b);
    let star_radius = smaller * 0.35;
    if rules.star {
        shapes.push(star(center, star_radius));
    }
    let size = SealSize {
        diameter_mm: smaller * 2.0,
        ring_mm: rules.ring_mm,
        glyph_mm: smaller * 0.335,
    };
    let arc = Arc::fit(name.len(), size, !title.is_empty() || !code.is_empty());
    let inset = smaller - arc.inner_radius;
    let line = Line::new(a - inset, b - inset);
    let spread = arc.pitch * (name.len() - 1) as f64 / std::f64::consts::TAU * line.length();
    for (at, character) in name.iter().enumerate() {
        let along = (at as f64 / (name.len() - 1) as f64 - 0.5) * spread;
        let (foot, normal) = line.at(along);
        shapes.extend(glyphs.outline(*character, arc.width, arc.height, &|x, y| {
            [
                center[0] + foot[0] + y * normal[0] - x * normal[1],
                center[1] + foot[1] + y * normal[1] + x * normal[0],
            ]
        })?);
    }
    if !title.is_empty() {
        let room = smaller * 0.65;
        let high = (smaller * 0.21).min(room / title.len() as f64 * 1.35);
        let wide = (high * 0.85).min(room / title.len() as f64 * 0.92);
        let foot = if rules.star {
            center[1] + star_radius + smaller * 0.06 + high
        } else {
            center[1] + smaller * 0.18 + high
        };
        for (at, character) in title.iter().enumerate() {
            let middle = center[0] + (at as f64 - (title.len() - 1) as f64 / 2.0) * wide / 0.92;
            shapes.extend(glyphs.outline(*character, wide, high, &|x, y| [middle + x, foot - y])?);
        }
    }
    // Along the lower edge, heads to the middle, from left to right.
    let high = smaller * 0.08;
    let edge = Line::new(a - rules.ring_mm - 0.5, b - rules.ring_mm - 0.5);
    for (at, character) in code.iter().enumerate() {
        let along = (at as f64 - (code.len() - 1) as f64 / 2.0) * high * 0.95;
        let (foot, normal) = edge.at(edge.length() / 2.0 - along);
        shapes.extend(glyphs.outline(*character, high * 0.7, high, &|x, y| {
            [
                center[0] + foot[0] - y * normal[0] + x * normal[1],
                center[1] + foot[1] - y * normal[1] - x * normal[0],
            ]
        })?);
    }
    Ok(shapes)
}

fn squeezed(shape: Vec<Segment>, center: [f64; 2], by: f64) -> Vec<Segment> {
    let fit = |y: f64| center[1] + (y - center[1]) * by;
    shape
        .into_iter()
        .map(|segment| match segment {
            Segment::Move([x, y]) => Segment::Move([x, fit(y)]),
            Segment::Line([x, y]) => Segment::Line([x, fit(y)]),
            Segment::Cubic([p, q, r, s, t, u]) => Segment::Cubic([p, fit(q), r, fit(s), t, fit(u)]),
            Segment::Close => Segment::Close,
        })
        .collect()
}

/// An ellipse around the origin, walked clockwise from its top by length.
struct Line {
    axes: [f64; 2],
    /// Lengths at equal steps of the parameter.
    lengths: Vec<f64>,
}

const STEPS: usize = 720;

impl Line {
    fn new(a: f64, b: f64) -> Self {
        let mut lengths = vec![0.0];
        let point = |at: usize| {
            let angle = at as f64 / STEPS as f64 * std::f64::consts::TAU;
            [a * angle.sin(), -b * angle.cos()]
        };
        let mut total = 0.0;
        for at in 0..STEPS {
            let (from, to) = (point(at), point(at + 1));
            total += (to[0] - from[0]).hypot(to[1] - from[1]);
            lengths.push(total);
        }
        Self {
            axes: [a, b],
            lengths,
        }
    }

    fn length(&self) -> f64 {
        self.lengths[STEPS]
    }

    /// The point after a length (negative: back), and the unit normal that points outwards.
    fn at(&self, along: f64) -> ([f64; 2], [f64; 2]) {
        let along = along.rem_euclid(self.length());
        let next = self
            .lengths
            .partition_point(|length| *length <= along)
            .clamp(1, STEPS);
        let (before, after) = (self.lengths[next - 1], self.lengths[next]);
        let part = (along - before) / (after - before).max(f64::EPSILON);
        let angle = ((next - 1) as f64 + part) / STEPS as f64 * std::f64::consts::TAU;
        let [a, b] = self.axes;
        let (sin, cos) = angle.sin_cos();
        let normal = [b * sin, -a * cos];
        let long = normal[0].hypot(normal[1]).max(f64::EPSILON);
        ([a * sin, -b * cos], [normal[0] / long, normal[1] / long])
    }
}

fn rectangle(
    width: f64,
    height: f64,
    ring: f64,
    name: &[char],
    glyphs: &Glyphs<'_>,
) -> Result<Vec<Vec<Segment>>, SealLayoutError> {
    // More than this is no name any more.
    if name.len() > 12 {
        return Err(SealLayoutError::NameLength { chars: name.len() });
    }
    let corners = |inset: f64, turned: bool| {
        let (x0, y0, x1, y1) = (inset, inset, width - inset, height - inset);
        let mut points = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
        if turned {
            points.reverse();
        }
        let mut shape = vec![Segment::Move(points[0])];
        shape.extend(points[1..].iter().map(|point| Segment::Line(*point)));
        shape.push(Segment::Close);
        shape
    };
    let mut shapes = vec![[corners(0.0, false), corners(ring, true)].concat()];
    let columns =
        ((name.len() as f64 * width / height).sqrt().round() as usize).clamp(1, name.len());
    let rows = name.len().div_ceil(columns);
    let margin = ring + 0.6;
    let (wide, high) = (
        (width - 2.0 * margin) / columns as f64,
        (height - 2.0 * margin) / rows as f64,
    );
    for (at, character) in name.iter().enumerate() {
        let (column, row) = (columns - 1 - at / rows, at % rows);
        let middle = margin + (column as f64 + 0.5) * wide;
        let foot = margin + (row as f64 + 1.0) * high - high * 0.05;
        shapes.extend(glyphs.outline(*character, wide * 0.9, high * 0.9, &|x, y| {
            [middle + x, foot - y]
        })?);
    }
    Ok(shapes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(shape: SealShape, width_mm: u32, height_mm: u32) -> SealRules {
        SealRules {
            shape,
            width_mm,
            height_mm,
            ring_mm: 1.0,
            star: shape == SealShape::Round,
            arc_text: if shape == SealShape::Rectangle {
                "林演示印"
            } else {
                "演示供应商甲有限公司"
            }
            .into(),
            title: (shape != SealShape::Rectangle).then(|| "投标专用章".into()),
            code: (shape != SealShape::Rectangle).then(|| "3502030012345".into()),
        }
    }

    #[test]
    fn each_shape_is_drawn_within_its_sides_and_reads_back() {
        let Ok(font) = SealFont::find(None) else {
            panic!("install fonts-noto-cjk");
        };
        for (shape, width, height) in [
            (SealShape::Round, 40, 40),
            (SealShape::Oval, 40, 30),
            (SealShape::Oval, 30, 45),
            (SealShape::Rectangle, 20, 20),
            (SealShape::Rectangle, 20, 30),
        ] {
            let drawing = draw_rules(&rules(shape, width, height), &font).unwrap();
            let same = SealDrawing::from_json(&drawing.to_json()).unwrap();
            assert_eq!(same, drawing);
            for [x, y] in drawing.points() {
                let inside = (-0.01..=f64::from(width) + 0.01).contains(&x)
                    && (-0.01..=f64::from(height) + 0.01).contains(&y);
                assert!(inside, "{shape:?}: {x} {y}");
            }
        }
    }

    #[test]
    fn what_no_seal_has_is_refused() {
        let font = SealFont::find(None).unwrap();
        let oval_star = SealRules {
            star: true,
            ..rules(SealShape::Oval, 40, 30)
        };
        assert_eq!(draw_rules(&oval_star, &font), Err(SealLayoutError::Size));
        assert_eq!(
            draw_rules(&rules(SealShape::Round, 40, 30), &font),
            Err(SealLayoutError::Size)
        );
        let code = SealRules {
            code: Some("12".into()),
            ..rules(SealShape::Round, 40, 40)
        };
        assert_eq!(draw_rules(&code, &font), Err(SealLayoutError::Code));
    }
}
