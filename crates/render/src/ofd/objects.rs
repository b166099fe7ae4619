//! Graphic objects of a page (§8): layers, paths, images, composites, and what they inherit.

use seal::ofd::location::rectangle;
use seal::ofd::xml::Element;
use tiny_skia::{
    BlendMode, Color, FillRule, LineCap, LineJoin, Mask, Paint, Stroke, StrokeDash, Transform,
};

use super::canvas::Canvas;
use super::resources::Resources;
use super::{image, path};
use crate::SealFont;

/// Composites and blocks inside each other.
const MAX_DEPTH: usize = 12;
/// 1 point, the width of a line that names none (§8.2).
const LINE_WIDTH: f32 = 0.353;

/// How objects are drawn unless they say otherwise.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub fill: Option<Color>,
    pub stroke: Color,
    pub line: Stroke,
    pub opacity: f32,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            fill: None,
            stroke: Color::BLACK,
            line: Stroke {
                width: LINE_WIDTH,
                ..Stroke::default()
            },
            opacity: 1.0,
        }
    }
}

/// Where an object's own coordinates lie, and what cuts it.
#[derive(Clone, Copy)]
pub(super) struct Place<'m> {
    pub transform: Transform,
    pub mask: Option<&'m Mask>,
}

pub(super) struct Painter<'p, 'r> {
    pub canvas: Canvas<'p>,
    pub resources: &'r Resources<'r>,
    pub font: Option<&'r SealFont>,
}

impl<'p, 'r> Painter<'p, 'r> {
    pub(super) const fn new(
        canvas: Canvas<'p>,
        resources: &'r Resources<'r>,
        font: Option<&'r SealFont>,
    ) -> Self {
        Self {
            canvas,
            resources,
            font,
        }
    }

    /// The layers of a page or template, those behind first.
    pub(super) fn page(&mut self, page: &Element) {
        let Some(content) = page.all("Content").next() else {
            return;
        };
        let order = |layer: &&Element| match layer.attribute("Type") {
            Some("Background") => 0,
            Some("Foreground") => 2,
            _ => 1,
        };
        let mut layers: Vec<&Element> = content.all("Layer").collect();
        layers.sort_by_key(order);
        let place = Place {
            transform: Transform::identity(),
            mask: None,
        };
        for layer in layers {
            let style = self.style(layer, &Style::default());
            self.block(layer, &style, place, 0);
        }
    }

    /// The appearances of a page's annotations.
    pub(super) fn annotations(&mut self, list: &Element) {
        for annotation in list.all("Annot") {
            if annotation.attribute("Visible") == Some("false") {
                continue;
            }
            for appearance in annotation.all("Appearance") {
                let Some([x, y, ..]) = appearance.attribute("Boundary").and_then(rectangle) else {
                    continue;
                };
                let place = Place {
                    transform: Transform::from_translate(x as f32, y as f32),
                    mask: None,
                };
                self.block(appearance, &Style::default(), place, 0);
            }
        }
    }

    fn block(&mut self, block: &Element, style: &Style, place: Place<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for object in &block.children {
            match object.name.as_str() {
                "PageBlock" => self.block(object, style, place, depth + 1),
                "TextObject" | "PathObject" | "ImageObject" | "CompositeObject" => {
                    self.object(object, style, place, depth);
                }
                _ => {}
            }
        }
    }

    fn object(&mut self, object: &Element, style: &Style, place: Place<'_>, depth: usize) {
        if object.attribute("Visible") == Some("false") {
            return;
        }
        let Some(boundary) = object.attribute("Boundary").and_then(rectangle_or_line) else {
            return;
        };
        let own = object
            .attribute("CTM")
            .map_or(Some(Transform::identity()), matrix);
        let Some(own) = own else { return };
        let style = self.style(object, style);
        let to_boundary = place
            .transform
            .pre_translate(boundary[0] as f32, boundary[1] as f32);
        let transform = to_boundary.pre_concat(own);
        let mask = match self.clips(object, to_boundary, place.mask) {
            Clip::None => None,
            Clip::Mask(mask) => Some(mask),
            Clip::Refused => return,
        };
        let place = Place {
            transform,
            mask: mask.as_ref().or(place.mask),
        };
        match object.name.as_str() {
            "TextObject" => self.text(object, &style, place),
            "PathObject" => self.path(object, &style, place),
            "ImageObject" => self.picture(object, &style, boundary, place),
            _ => {
                let unit = object
                    .attribute("ResourceID")
                    .and_then(|id| self.resources.composite(id));
                if let Some(content) = unit.and_then(|unit| unit.all("Content").next()) {
                    self.block(content, &style, place, depth + 1);
                }
            }
        }
    }

    fn path(&mut self, object: &Element, style: &Style, place: Place<'_>) {
        let data = object.all("AbbreviatedData").next();
        let Some(path) = data.and_then(|data| path::path(data.trimmed())) else {
            return;
        };
        let rule = match object.attribute("Rule") {
            Some("Even-Odd") => FillRule::EvenOdd,
            _ => FillRule::Winding,
        };
        if let (Some("true" | "1"), Some(fill)) = (object.attribute("Fill"), style.fill) {
            let paint = paint(fill, style.opacity);
            self.canvas
                .fill(&path, &paint, rule, place.transform, place.mask);
        }
        if !matches!(object.attribute("Stroke"), Some("false" | "0")) {
            let paint = paint(style.stroke, style.opacity);
            self.canvas
                .stroke(&path, &paint, &style.line, place.transform, place.mask);
        }
    }

    /// An image fills the unit square of its coordinates.
    fn picture(&mut self, object: &Element, style: &Style, boundary: [f64; 4], place: Place<'_>) {
        let wanted = boundary[2].max(boundary[3]) as f32 * self.canvas.scale();
        let image = object
            .attribute("ResourceID")
            .and_then(|id| self.resources.image(id))
            .and_then(|bytes| image::decode(&bytes, wanted.ceil().clamp(1.0, 8192.0) as u32));
        let Some(image) = image else {
            let grey = Color::from_rgba8(0xd0, 0xd0, 0xd0, 0xff);
            if let Some(square) = path::rectangle(0.0, 0.0, 1.0, 1.0) {
                self.canvas.fill(
                    &square,
                    &paint(grey, style.opacity),
                    FillRule::Winding,
                    place.transform,
                    place.mask,
                );
            }
            return;
        };
        let transform = place
            .transform
            .pre_scale(1.0 / image.width() as f32, 1.0 / image.height() as f32);
        self.canvas.image(
            image.as_ref(),
            style.opacity,
            BlendMode::SourceOver,
            transform,
            place.mask,
        );
    }

    /// Clips (§8.4): what lies inside the areas of every clip.
    fn clips(&mut self, object: &Element, base: Transform, outer: Option<&Mask>) -> Clip {
        let clips: Vec<&Element> = object
            .all("Clips")
            .flat_map(|clips| clips.all("Clip"))
            .collect();
        if clips.is_empty() {
            return Clip::None;
        }
        let mut mask: Option<Mask> = None;
        for clip in clips {
            let mut paths = Vec::new();
            for area in clip.all("Area") {
                let own = area.attribute("CTM").and_then(matrix).unwrap_or_default();
                for shape in area.all("Path") {
                    let offset = shape.attribute("Boundary").and_then(rectangle_or_line);
                    let [x, y, ..] = offset.unwrap_or_default();
                    let inner = shape.attribute("CTM").and_then(matrix).unwrap_or_default();
                    let data = shape.all("AbbreviatedData").next();
                    if let Some(path) = data.and_then(|data| path::path(data.trimmed())) {
                        let whole = base
                            .pre_concat(own)
                            .pre_translate(x as f32, y as f32)
                            .pre_concat(inner);
                        paths.push((path, whole));
                    }
                }
            }
            // Clips by text are not cut: better a stroke too much than a word too little.
            if paths.is_empty() {
                continue;
            }
            match self.canvas.mask(&paths, mask.as_ref().or(outer)) {
                Some(made) => mask = Some(made),
                None => return Clip::Refused,
            }
        }
        mask.map_or(Clip::None, Clip::Mask)
    }

    /// The style of an object: what it inherits, its drawing parameters, its own.
    fn style(&self, element: &Element, inherited: &Style) -> Style {
        let mut style = inherited.clone();
        if let Some(id) = element.attribute("DrawParam") {
            let mut chain = Vec::new();
            let mut next = self.resources.param(id);
            while let Some(param) = next.filter(|_| chain.len() < MAX_DEPTH) {
                chain.push(param);
                next = param
                    .attribute("Relative")
                    .and_then(|id| self.resources.param(id));
            }
            for param in chain.into_iter().rev() {
                self.apply(param, &mut style);
            }
        }
        self.apply(element, &mut style);
        if let Some(alpha) = number(element, "Alpha") {
            style.opacity *= (alpha / 255.0).clamp(0.0, 1.0);
        }
        style
    }

    fn apply(&self, element: &Element, style: &mut Style) {
        if let Some(width) = number(element, "LineWidth").filter(|width| *width > 0.0) {
            style.line.width = width;
        }
        match element.attribute("Cap") {
            Some("Round") => style.line.line_cap = LineCap::Round,
            Some("Square") => style.line.line_cap = LineCap::Square,
            Some("Butt") => style.line.line_cap = LineCap::Butt,
            _ => {}
        }
        match element.attribute("Join") {
            Some("Round") => style.line.line_join = LineJoin::Round,
            Some("Bevel") => style.line.line_join = LineJoin::Bevel,
            Some("Miter") => style.line.line_join = LineJoin::Miter,
            _ => {}
        }
        if let Some(limit) = number(element, "MiterLimit").filter(|limit| *limit >= 1.0) {
            style.line.miter_limit = limit;
        }
        if let Some(pattern) = element.attribute("DashPattern") {
            style.line.dash = dash(pattern, number(element, "DashOffset").unwrap_or(0.0));
        }
        if let Some(color) = element.all("FillColor").next() {
            style.fill = self.color(color).or(style.fill);
        }
        if let Some(color) = element.all("StrokeColor").next() {
            style.stroke = self.color(color).unwrap_or(style.stroke);
        }
    }

    /// A colour (§8.3). Of a gradient its first colour stands for all.
    fn color(&self, element: &Element) -> Option<Color> {
        let alpha = number(element, "Alpha").map_or(1.0, |alpha| (alpha / 255.0).clamp(0.0, 1.0));
        let Some(value) = element.attribute("Value") else {
            let gradient = element
                .children
                .iter()
                .flat_map(|child| child.all("Segment"))
                .flat_map(|segment| segment.all("Color"))
                .next();
            return gradient
                .filter(|inner| inner.attribute("Value").is_some())
                .and_then(|inner| self.color(inner));
        };
        let parts: Vec<f32> = value
            .split_ascii_whitespace()
            .take(5)
            .map(|part| match part.strip_prefix('#') {
                Some(hex) => u32::from_str_radix(hex, 16).ok().map(|value| value as f32),
                None => part.parse().ok(),
            })
            .collect::<Option<_>>()?;
        let unit: Vec<f32> = parts
            .iter()
            .map(|part| (part / 255.0).clamp(0.0, 1.0))
            .collect();
        let space = element
            .attribute("ColorSpace")
            .and_then(|id| self.resources.space(id))
            .unwrap_or_default();
        let rgb = match (unit.as_slice(), space) {
            ([grey], _) => [*grey; 3],
            ([r, g, b], _) => [*r, *g, *b],
            ([c, m, y, k], _) => [c, m, y].map(|part| (1.0 - part) * (1.0 - k)),
            _ => return None,
        };
        Color::from_rgba(rgb[0], rgb[1], rgb[2], alpha)
    }
}

enum Clip {
    None,
    Mask(Mask),
    /// Too many masks, or none that can be made.
    Refused,
}

pub(super) fn paint(color: Color, opacity: f32) -> Paint<'static> {
    let mut color = color;
    color.apply_opacity(opacity);
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color(color);
    paint
}

pub(super) fn number(element: &Element, name: &str) -> Option<f32> {
    element
        .attribute(name)?
        .trim()
        .parse()
        .ok()
        .filter(|number: &f32| number.is_finite() && number.abs() < 1e6)
}

/// `a b c d e f`, column by column as in PDF.
fn matrix(text: &str) -> Option<Transform> {
    let n: Vec<f32> = text
        .split_ascii_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [a, b, c, d, e, f] = n[..] else {
        return None;
    };
    let transform = Transform::from_row(a, b, c, d, e, f);
    transform.is_finite().then_some(transform)
}

/// A boundary; lines have one without width or height.
fn rectangle_or_line(text: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = text
        .split_ascii_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let numbers: [f64; 4] = numbers.try_into().ok()?;
    numbers
        .iter()
        .all(|number| number.is_finite() && number.abs() < 1e6)
        .then_some(numbers)
}

fn dash(pattern: &str, offset: f32) -> Option<StrokeDash> {
    let mut parts: Vec<f32> = pattern
        .split_ascii_whitespace()
        .take(32)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    if parts.len() % 2 == 1 {
        parts.extend(parts.clone());
    }
    // A pattern finer than a hair would be a grey line at the cost of millions of pieces.
    let fine = parts.iter().sum::<f32>() < 0.1;
    (!fine).then(|| StrokeDash::new(parts, offset)).flatten()
}
