//! Forms for print: titles, tables, paragraphs and places to sign, set in the CJK font, of which the glyphs that are
//! used are embedded (ISO 32000-1 §9.7: a CID font with Identity-H), so that text can be searched and copied.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use crate::SealFont;

/// A4 in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 56.0;
const BODY: f32 = 11.0;
const LINE: f32 = 17.0;
/// Most sheets of one file.
pub const MAX_SHEETS: usize = 200;
/// Most characters of one text.
const MAX_CHARS: usize = 4000;

/// One sheet; it runs over several pages where it must.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Centred on top.
    pub title: String,
    /// Small, under it.
    pub subtitle: String,
    /// What follows.
    pub blocks: Vec<Block>,
}

/// A part of a sheet.
#[derive(Clone, Debug)]
pub enum Block {
    /// A table of names and values, with rules.
    Table(Vec<(String, String)>),
    /// A text.
    Paragraph(String),
    /// Large text, as on a label.
    Large(String),
    /// Places to sign and stamp: each name stands before a rule.
    Signatures(Vec<String>),
}

/// Why no form was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The font can't be cut down to the glyphs that are used.
    #[error("the font can't be embedded")]
    Font,
    /// Too many sheets.
    #[error("more than {MAX_SHEETS} sheets")]
    TooMany,
}

/// Sets sheets into a PDF.
///
/// # Errors
/// [`FormError`].
pub fn forms(font: &SealFont, sheets: &[Sheet]) -> Result<Vec<u8>, FormError> {
    if sheets.len() > MAX_SHEETS {
        return Err(FormError::TooMany);
    }
    let mut setter = Setter::new(font);
    for sheet in sheets {
        setter.sheet(sheet);
    }
    setter.finish(font, sheets.first().map_or("", |sheet| &sheet.title))
}

struct Setter<'f> {
    face: ttf_parser::Face<'f>,
    glyphs: GlyphRemapper,
    /// New glyph → the character and the width in thousandths of an em.
    used: BTreeMap<u16, (char, f32)>,
    pages: Vec<Content>,
    y: f32,
}

impl<'f> Setter<'f> {
    fn new(font: &'f SealFont) -> Self {
        Self {
            face: font.face(),
            glyphs: GlyphRemapper::new(),
            used: BTreeMap::new(),
            pages: Vec::new(),
            y: 0.0,
        }
    }

    fn sheet(&mut self, sheet: &Sheet) {
        self.new_page();
        let title = self.width(&sheet.title, 18.0);
        self.text(&sheet.title, (PAGE.0 - title) / 2.0, self.y, 18.0);
        self.y -= 22.0;
        if !sheet.subtitle.is_empty() {
            let width = self.width(&sheet.subtitle, 9.0);
            self.text(&sheet.subtitle, (PAGE.0 - width) / 2.0, self.y, 9.0);
        }
        self.y -= 24.0;
        for block in &sheet.blocks {
            match block {
                Block::Table(rows) => self.table(rows),
                Block::Paragraph(text) => self.paragraph(text, BODY, LINE),
                Block::Large(text) => self.paragraph(text, 20.0, 30.0),
                Block::Signatures(names) => self.signatures(names),
            }
            self.y -= 10.0;
        }
    }

    fn new_page(&mut self) {
        let mut content = Content::new();
        content.set_line_width(0.6);
        self.pages.push(content);
        self.y = PAGE.1 - MARGIN - 18.0;
    }

    fn room(&mut self, height: f32) {
        if self.y - height < MARGIN {
            self.new_page();
        }
    }

    fn content(&mut self) -> &mut Content {
        self.pages.last_mut().expect("a sheet begins with a page")
    }

    fn table(&mut self, rows: &[(String, String)]) {
        let (left, middle, right) = (MARGIN, MARGIN + 130.0, PAGE.0 - MARGIN);
        for (name, value) in rows {
            let name = self.wrap(name, middle - left - 12.0, BODY);
            let value = self.wrap(value, right - middle - 12.0, BODY);
            let height = LINE * name.len().max(value.len()).max(1) as f32 + 6.0;
            self.room(height);
            let top = self.y + 12.0;
            let content = self.content();
            content.rect(left, top - height, middle - left, height);
            content.rect(middle, top - height, right - middle, height);
            content.stroke();
            for (lines, x) in [(name, left + 6.0), (value, middle + 6.0)] {
                for (at, line) in lines.iter().enumerate() {
                    let y = top - 16.0 - LINE * at as f32;
                    self.text(line, x, y, BODY);
                }
            }
            self.y -= height;
        }
    }

    fn paragraph(&mut self, text: &str, size: f32, line: f32) {
        for part in text.split('\n') {
            for piece in self.wrap(part, PAGE.0 - 2.0 * MARGIN, size) {
                self.room(line);
                self.text(&piece, MARGIN, self.y, size);
                self.y -= line;
            }
        }
    }

    fn signatures(&mut self, names: &[String]) {
        for name in names {
            self.room(40.0);
            self.y -= 22.0;
            let from = MARGIN + self.width(name, BODY) + 8.0;
            self.text(name, MARGIN, self.y, BODY);
            let y = self.y - 2.0;
            let content = self.content();
            content.move_to(from, y);
            content.line_to((from + 180.0).min(PAGE.0 - MARGIN), y);
            content.stroke();
            self.y -= 14.0;
        }
    }

    /// Chinese breaks anywhere; a word of Latin letters or digits stays together where it fits.
    fn wrap(&mut self, text: &str, width: f32, size: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        for c in text.chars().take(MAX_CHARS) {
            let advance = self.advance(c) * size;
            if used + advance > width && !line.is_empty() {
                let word = |c: char| c.is_ascii_graphic();
                let at = line
                    .char_indices()
                    .rev()
                    .take_while(|(_, c)| word(*c))
                    .last()
                    .map(|(at, _)| at)
                    .filter(|at| *at > 0 && word(c));
                let rest = at.map(|at| line.split_off(at)).unwrap_or_default();
                lines.push(std::mem::take(&mut line));
                used = self.width(&rest, size);
                line = rest;
            }
            line.push(c);
            used += advance;
        }
        lines.push(line);
        lines
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(c)).sum::<f32>() * size
    }

    /// In ems.
    fn advance(&self, c: char) -> f32 {
        let glyph = self.face.glyph_index(c).unwrap_or_default();
        let advance = self.face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(advance) / f32::from(self.face.units_per_em().max(1))
    }

    fn text(&mut self, text: &str, x: f32, y: f32, size: f32) {
        let mut codes = Vec::new();
        for c in text.chars() {
            // What the font lacks is shown as its missing glyph, never left out in silence.
            let glyph = self.face.glyph_index(c).unwrap_or_default();
            let new = self.glyphs.remap(glyph.0);
            let width = self.advance(c) * 1000.0;
            self.used.entry(new).or_insert((c, width));
            codes.extend(new.to_be_bytes());
        }
        let content = self.content();
        content.begin_text();
        content.set_font(Name(b"F"), size);
        content.next_line(x, y);
        content.show(Str(&codes));
        content.end_text();
    }

    fn finish(self, font: &SealFont, title: &str) -> Result<Vec<u8>, FormError> {
        let (data, index) = font.bytes();
        let subset = subsetter::subset(data, index, &self.glyphs).map_err(|_| FormError::Font)?;
        let raw = ttf_parser::RawFace::parse(&subset, 0).map_err(|_| FormError::Font)?;
        let cff = raw.table(ttf_parser::Tag::from_bytes(b"CFF "));
        let system = SystemInfo {
            registry: Str(b"Adobe"),
            ordering: Str(b"Identity"),
            supplement: 0,
        };
        let mut next = 1;
        let mut fresh = || {
            next += 1;
            Ref::new(next - 1)
        };
        let [
            catalog,
            tree,
            info,
            type0,
            cid,
            descriptor,
            program,
            unicode,
        ] = std::array::from_fn(|_| fresh());
        let pages: Vec<(Ref, Ref)> = self.pages.iter().map(|_| (fresh(), fresh())).collect();

        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree).lang(TextStr("zh-CN"));
        pdf.document_info(info)
            .title(TextStr(title))
            .producer(TextStr("Yinxin"));
        pdf.pages(tree)
            .kids(pages.iter().map(|(page, _)| *page))
            .count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
        for ((page, stream), content) in pages.into_iter().zip(self.pages) {
            let mut one = pdf.page(page);
            one.parent(tree)
                .media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1))
                .contents(stream);
            one.resources().fonts().pair(Name(b"F"), type0);
            one.finish();
            pdf.stream(stream, &content.finish());
        }

        let name = Name(b"YINXIN+Form");
        pdf.type0_font(type0)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(unicode);
        let mut descendant = pdf.cid_font(cid);
        descendant
            .subtype(if cff.is_some() {
                CidFontType::Type0
            } else {
                CidFontType::Type2
            })
            .base_font(name)
            .system_info(system)
            .font_descriptor(descriptor)
            .default_width(1000.0);
        if cff.is_none() {
            descendant.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = descendant.widths();
        for (glyph, (_, width)) in &self.used {
            widths.consecutive(*glyph, [*width]);
        }
        widths.finish();
        descendant.finish();
        let scale = 1000.0 / f32::from(self.face.units_per_em().max(1));
        let bounds = self.face.global_bounding_box();
        let scaled = |value: i16| f32::from(value) * scale;
        let mut described = pdf.font_descriptor(descriptor);
        described
            .name(name)
            .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
            .bbox(Rect::new(
                scaled(bounds.x_min),
                scaled(bounds.y_min),
                scaled(bounds.x_max),
                scaled(bounds.y_max),
            ))
            .italic_angle(0.0)
            .ascent(scaled(self.face.ascender()))
            .descent(scaled(self.face.descender()))
            .cap_height(scaled(self.face.capital_height().unwrap_or(700)))
            .stem_v(80.0);
        if cff.is_some() {
            described.font_file3(program);
        } else {
            described.font_file2(program);
        }
        described.finish();
        let mut stream = pdf.stream(program, cff.unwrap_or(&subset));
        if cff.is_some() {
            stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        }
        stream.finish();
        let mut map = UnicodeCmap::new(Name(b"Yinxin-Form"), system);
        for (glyph, (c, _)) in &self.used {
            map.pair(*glyph, *c);
        }
        pdf.cmap(unicode, &map.finish());
        Ok(pdf.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Document;

    #[test]
    fn a_form_is_a_pdf_whose_pages_show_ink_and_whose_text_can_be_read_back() {
        let Ok(font) = SealFont::find(None) else {
            assert!(
                std::env::var("YINXIN_REQUIRE_TOOLS").is_err(),
                "no CJK font"
            );
            eprintln!("skipped: no CJK font");
            return;
        };
        let sheet = Sheet {
            title: "深圳CA 电子签章申请表".into(),
            subtitle: "受理编号 SL2027011500000001".into(),
            blocks: vec![
                Block::Table(vec![
                    ("单位名称".into(), "演示供应商甲有限公司".into()),
                    (
                        "收件地址".into(),
                        "福建省厦门市思明区演示路一百号演示大厦十八楼一八〇一室".repeat(3),
                    ),
                ]),
                Block::Paragraph("本单位承诺所填内容真实有效。".repeat(20)),
                Block::Signatures(vec!["法定代表人（签字）".into(), "单位盖章".into()]),
            ],
        };
        let long = Sheet {
            blocks: vec![Block::Paragraph("长文本。\n".repeat(80))],
            ..sheet.clone()
        };
        let bytes = forms(&font, &[sheet, long]).unwrap();
        assert!(
            bytes.len() < 400_000,
            "only the glyphs that are used are embedded: {}",
            bytes.len()
        );
        let document = Document::open(Arc::new(bytes.clone())).unwrap();
        assert!(document.page_count() >= 3);
        let blank = forms(&font, &[Sheet::default()]).unwrap();
        let ink = |bytes: Vec<u8>| {
            Document::open(Arc::new(bytes))
                .unwrap()
                .png(1, 600, None)
                .unwrap()
                .len()
        };
        assert!(ink(bytes.clone()) > 3 * ink(blank));
        // The strict reader of revisions takes it too: it can be sealed like any other file.
        assert!(seal::pdf::page_geometries(&bytes).is_ok());
    }

    #[test]
    fn too_many_sheets_are_refused() {
        let Ok(font) = SealFont::find(None) else {
            return;
        };
        let sheets = vec![Sheet::default(); MAX_SHEETS + 1];
        assert_eq!(forms(&font, &sheets), Err(FormError::TooMany));
    }
}
