//! Seals by keyword (关键字): where words stand in the text of a page.
//!
//! Text is read by `hayro-interpret`, which the pages are rendered with: what it draws is what is found.
//! White space does not count, so a word is found across the end of a line, in the order in which the
//! page draws its text and in the order in which it is read from top to bottom.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect as Box};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, interpret_page,
};

use super::document::Document;
use super::pages::{self, POINTS_PER_MM, PageGeometry, Rect};
use super::placement::RectMm;
use super::revision::WalkError;
use super::source::Source;

/// Characters read from one page.
const MAX_CHARACTERS: usize = 200_000;
/// Characters of a keyword, white space not counted.
pub const MAX_KEYWORD: usize = 100;
/// Places found in one file.
pub const MAX_FOUND: usize = 1000;
/// Glyph space units in an em (ISO 32000-2 §9.2.4).
const EM: f64 = 1000.0;

/// A keyword's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Page number, from 1.
    pub page: u32,
    /// Around its characters; one for each line that it stands on, in the order of its text.
    pub lines: Vec<RectMm>,
}

impl Found {
    /// The middle of its first line, in millimetres from the page's top left corner: what an offset
    /// counts from.
    pub fn middle(&self) -> (f64, f64) {
        self.lines.first().map_or((0.0, 0.0), |line| {
            (line.x + line.width / 2.0, line.y + line.height / 2.0)
        })
    }

    /// A seal of this size with its middle `right_mm` to the right of and `down_mm` below the keyword's.
    pub fn place(&self, width_mm: f64, height_mm: f64, right_mm: f64, down_mm: f64) -> RectMm {
        let (x, y) = self.middle();
        RectMm {
            x: x + right_mm - width_mm / 2.0,
            y: y + down_mm - height_mm / 2.0,
            width: width_mm,
            height: height_mm,
        }
    }
}

/// What a search says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Search {
    /// Places, by page and in the order of the text.
    pub found: Vec<Found>,
    /// Pages without any text that can be read: scans, or fonts that do not say what their glyphs mean.
    pub without_text: Vec<u32>,
}

/// Why a file is not searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeywordError {
    /// No character beside white space, or more than [`MAX_KEYWORD`].
    #[error("a keyword has 1 to {MAX_KEYWORD} characters")]
    Keyword,
    /// The file cannot be read strictly.
    #[error(transparent)]
    Broken(#[from] WalkError),
    /// The page reader cannot read the file, or sees other pages.
    #[error("the file's pages cannot be read")]
    Unreadable,
}

/// Finds a keyword on the given pages (from 1; all where `None`). Letters are compared without case,
/// full-width forms as their plain ones.
///
/// # Errors
/// No keyword, or a file that cannot be read.
pub fn search<F: AsRef<[u8]> + Send + Sync + 'static>(
    file: &Arc<F>,
    keyword: &str,
    only: Option<&[u32]>,
) -> Result<Search, KeywordError> {
    let wanted: Vec<char> = keyword.chars().filter_map(plain).collect();
    if wanted.is_empty() || wanted.len() > MAX_KEYWORD {
        return Err(KeywordError::Keyword);
    }
    let document = Document::open(Source::whole((**file).as_ref()))?;
    let geometries = pages::geometries(&document.latest())?;
    // A foreign reader on hostile bytes: a panic there is its failure, not our end.
    let texts = catch_unwind(AssertUnwindSafe(|| read(file, geometries.len(), only)));
    let texts = texts.ok().flatten().ok_or(KeywordError::Unreadable)?;
    let mut search = Search::default();
    for (page, characters) in texts {
        let geometry = &geometries[page as usize - 1];
        if characters.is_empty() {
            search.without_text.push(page);
            continue;
        }
        for found in find(&characters, &wanted) {
            if search.found.len() == MAX_FOUND {
                return Ok(search);
            }
            let lines = lines(&found)
                .iter()
                .map(|line| displayed(geometry, line))
                .collect();
            search.found.push(Found { page, lines });
        }
    }
    Ok(search)
}

/// A character with the box around it in user space.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Character {
    letter: char,
    area: Rect,
}

/// What is compared: no white space, no case, no full-width forms.
fn plain(letter: char) -> Option<char> {
    let letter = match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xff01 + 0x21).unwrap_or(letter),
        other => other,
    };
    if letter.is_whitespace() || letter.is_control() || letter == '\u{ad}' {
        return None;
    }
    letter.to_lowercase().next()
}

/// The characters of each page, in the order in which they are drawn.
fn read<F: AsRef<[u8]> + Send + Sync + 'static>(
    file: &Arc<F>,
    count: usize,
    only: Option<&[u32]>,
) -> Option<Vec<(u32, Vec<Character>)>> {
    let pdf = hayro_syntax::Pdf::new(Arc::clone(file)).ok()?;
    let pages = pdf.pages();
    if pages.len() != count {
        return None;
    }
    let cache = InterpreterCache::new();
    let mut texts = Vec::new();
    for (number, page) in (1u32..).zip(pages.iter()) {
        if only.is_some_and(|only| !only.contains(&number)) {
            continue;
        }
        let mut context = Context::new(
            Affine::IDENTITY,
            Box::new(0.0, 0.0, 1.0, 1.0),
            &cache,
            pdf.xref(),
            InterpreterSettings::default(),
        );
        let mut reader = Reader::default();
        interpret_page(page, &mut context, &mut reader);
        texts.push((number, reader.characters));
    }
    Some(texts)
}

#[derive(Default)]
struct Reader {
    characters: Vec<Character>,
}

impl<'a> Device<'a> for Reader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.characters.len() >= MAX_CHARACTERS {
                return;
            }
            let letters = match glyph.as_unicode() {
                Some(BfString::Char(letter)) => vec![letter],
                Some(BfString::String(letters)) => letters.chars().collect(),
                None => continue,
            };
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let advance = advance.map_or(EM, f64::from);
            let place = props.transform * glyph.transform();
            let area = around(place, advance);
            let Some(area) = area else { continue };
            self.characters.extend(
                letters
                    .into_iter()
                    .filter_map(plain)
                    .map(|letter| Character { letter, area }),
            );
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// The box from a little under the baseline to the height of letters, turned as the text is.
fn around(place: Affine, advance: f64) -> Option<Rect> {
    let corners = [
        (0.0, -200.0),
        (advance, -200.0),
        (0.0, 800.0),
        (advance, 800.0),
    ]
    .map(|(x, y)| place * Point::new(x, y));
    let fold = |of: fn(&Point) -> f64| {
        corners
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
    };
    let ((x0, x1), (y0, y1)) = (fold(|point| point.x), fold(|point| point.y));
    let area = Rect::new(x0, y0, x1, y1);
    [x0, y0, x1, y1]
        .iter()
        .all(|value| value.is_finite() && value.abs() < 1e7)
        .then_some(area)
}

/// Every place of the keyword, in the order of drawing; then those that only reading order shows.
fn find(characters: &[Character], wanted: &[char]) -> Vec<Vec<Character>> {
    let mut found = occurrences(characters, wanted);
    let mut in_order = characters.to_vec();
    reading_order(&mut in_order);
    for other in occurrences(&in_order, wanted) {
        let known = found
            .iter()
            .any(|known| known.iter().any(|one| one.area == other[0].area));
        if !known {
            found.push(other);
        }
    }
    found
}

fn occurrences(characters: &[Character], wanted: &[char]) -> Vec<Vec<Character>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + wanted.len() <= characters.len() {
        let here = &characters[at..at + wanted.len()];
        if here.iter().map(|one| one.letter).eq(wanted.iter().copied()) {
            found.push(here.to_vec());
            at += wanted.len();
        } else {
            at += 1;
        }
    }
    found
}

/// Lines from top to bottom, each from left to right.
fn reading_order(characters: &mut [Character]) {
    let middle = |one: &Character| f64::midpoint(one.area.y0, one.area.y1);
    characters.sort_by(|one, other| middle(other).total_cmp(&middle(one)));
    let mut from = 0;
    while from < characters.len() {
        let (line, height) = (middle(&characters[from]), characters[from].area.height());
        let length = characters[from..]
            .iter()
            .take_while(|one| line - middle(one) < height / 2.0)
            .count()
            .max(1);
        characters[from..from + length].sort_by(|one, other| one.area.x0.total_cmp(&other.area.x0));
        from += length;
    }
}

/// One box for each line: a new one begins where the text goes back or up or down.
fn lines(characters: &[Character]) -> Vec<Rect> {
    let mut lines: Vec<Rect> = Vec::new();
    let mut last: Option<Rect> = None;
    for character in characters {
        let area = character.area;
        let goes_on = last.is_some_and(|last| {
            let apart = f64::midpoint(area.y0, area.y1) - f64::midpoint(last.y0, last.y1);
            apart.abs() < last.height().max(area.height()) / 2.0 && area.x0 >= last.x0 - 0.01
        });
        match lines.last_mut() {
            Some(line) if goes_on => {
                *line = Rect {
                    x0: line.x0.min(area.x0),
                    y0: line.y0.min(area.y0),
                    x1: line.x1.max(area.x1),
                    y1: line.y1.max(area.y1),
                };
            }
            _ => lines.push(area),
        }
        last = Some(area);
    }
    lines
}

/// A rectangle of user space on the page as displayed.
fn displayed(page: &PageGeometry, rect: &Rect) -> RectMm {
    let visible = &page.visible;
    let (left, top, width, height) = match page.rotation {
        90 => (
            rect.y0 - visible.y0,
            rect.x0 - visible.x0,
            rect.height(),
            rect.width(),
        ),
        180 => (
            visible.x1 - rect.x1,
            rect.y0 - visible.y0,
            rect.width(),
            rect.height(),
        ),
        270 => (
            visible.y1 - rect.y1,
            visible.x1 - rect.x1,
            rect.height(),
            rect.width(),
        ),
        _ => (
            rect.x0 - visible.x0,
            visible.y1 - rect.y1,
            rect.width(),
            rect.height(),
        ),
    };
    let unit = page.user_unit / POINTS_PER_MM;
    RectMm {
        x: left * unit,
        y: top * unit,
        width: width * unit,
        height: height * unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displayed_is_the_inverse_of_rect_at_for_every_rotation() {
        for rotation in [0, 90, 180, 270] {
            let page = PageGeometry {
                visible: Rect::new(10.0, 20.0, 610.0, 832.0),
                rotation,
                user_unit: 1.5,
            };
            let back = displayed(&page, &page.rect_at(12.0, 34.0, 56.0, 78.0));
            for (found, wanted) in [back.x, back.y, back.width, back.height]
                .into_iter()
                .zip([12.0, 34.0, 56.0, 78.0])
            {
                assert!((found - wanted).abs() < 1e-9, "{rotation}: {back:?}");
            }
        }
    }
}
