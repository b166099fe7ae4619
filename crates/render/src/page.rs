//! The pages of a PDF and one of them as a PNG.

use std::sync::Arc;

use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::{InterpreterSettings, font::FontQuery},
    hayro_syntax::{LoadPdfError, Pdf, PdfData},
    kurbo::Affine,
    vello_cpu::{self, Pixmap, RenderContext, color::palette::css::WHITE},
};

use crate::SealFont;

/// The widest picture, in pixels.
pub const MAX_WIDTH: u32 = 2400;
/// The most pixels of one picture.
pub const MAX_PIXELS: u64 = 16_000_000;
/// The rasteriser counts its tiles in 16 bits; a picture stays well inside.
pub(crate) const MAX_HEIGHT: f64 = 16_000.0;
/// More pages than any tender; each costs a few dozen bytes here.
pub(crate) const MAX_PAGES: usize = 20_000;

/// A PDF opened for looking at. Reads lazily: a mapped file of any size takes little memory.
///
/// The reader behind it repairs what it can. What it shows is for the eye; whether a file may be sealed or
/// is valid is `seal`'s to say, which repairs nothing.
pub struct Document {
    pdf: Pdf,
}

/// Why a page cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The file cannot be read as a PDF.
    #[error("the file cannot be read as a PDF")]
    Unreadable,
    /// The file is encrypted.
    #[error("the file is encrypted")]
    Encrypted,
    /// No pages, or too many.
    #[error("the file has no pages, or more than {MAX_PAGES}")]
    PageCount,
    /// No such page.
    #[error("the file has no such page")]
    NoSuchPage,
    /// The page's size is nothing or beyond all measure.
    #[error("the page's size cannot be shown")]
    PageSize,
    /// The picture could not be encoded.
    #[error("the picture could not be encoded")]
    Encode,
}

impl Document {
    /// Opens the bytes of a PDF, a map of a file among them.
    pub fn open<T: AsRef<[u8]> + Send + Sync + 'static>(data: Arc<T>) -> Result<Self, PageError> {
        let pdf = Pdf::new(PdfData::from(data)).map_err(|error| match error {
            LoadPdfError::Decryption(_) => PageError::Encrypted,
            LoadPdfError::Invalid => PageError::Unreadable,
        })?;
        if (1..=MAX_PAGES).contains(&pdf.pages().len()) {
            Ok(Self { pdf })
        } else {
            Err(PageError::PageCount)
        }
    }

    /// How many pages there are.
    pub fn page_count(&self) -> usize {
        self.pdf.pages().len()
    }

    /// One page, counted from 1, as an RGB PNG of `width` pixels (at most [`MAX_WIDTH`], and fewer where the
    /// page is very long), with its annotations, on white. `font` stands in for fonts that the file names and
    /// does not carry.
    pub fn png(
        &self,
        number: u32,
        width: u32,
        font: Option<&SealFont>,
    ) -> Result<Vec<u8>, PageError> {
        let at = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        let page = at
            .and_then(|at| self.pdf.pages().get(at))
            .ok_or(PageError::NoSuchPage)?;
        let (page_width, page_height) = page.render_dimensions();
        let ratio = f64::from(page_height) / f64::from(page_width);
        if !(ratio.is_finite() && (0.001..=1000.0).contains(&ratio)) {
            return Err(PageError::PageSize);
        }
        let by_pixels = (MAX_PIXELS as f64 / ratio).sqrt();
        let width = f64::from(width.clamp(16, MAX_WIDTH))
            .min(by_pixels)
            .min(MAX_HEIGHT / ratio)
            .floor()
            .max(1.0);
        let height = (width * ratio).round().clamp(1.0, MAX_HEIGHT);
        let scale = width / f64::from(page_width);

        let settings = InterpreterSettings {
            font_resolver: resolver(font),
            ..InterpreterSettings::default()
        };
        let mut context = RenderContext::new(width as u16, height as u16);
        let transform = Affine::scale(scale) * hayro_transform(page);
        let cache = RenderCache::new();
        hayro::render_into(
            page,
            &cache,
            &settings,
            &RenderSettings::default(),
            &mut context,
            transform,
        );
        context.flush();
        let mut pixmap = Pixmap::new(context.width(), context.height());
        let raster = vello_cpu::RasterizerSettings {
            target_init: vello_cpu::TargetInit::Clear(WHITE),
            ..vello_cpu::RasterizerSettings::default()
        };
        context.render_with(&mut pixmap, &mut vello_cpu::Resources::default(), raster);
        encode(&pixmap)
    }
}

fn hayro_transform(page: &hayro::hayro_syntax::page::Page<'_>) -> Affine {
    use hayro::hayro_interpret::util::TransformExt as _;
    page.initial_transform(true).to_kurbo()
}

/// Chinese text in a font that is not embedded (宋体, STSong …) takes its outlines from the CJK font; Latin
/// text takes the reader's own metric-compatible standard fonts.
fn resolver(font: Option<&SealFont>) -> Resolver {
    let cjk = font.map(SealFont::shared);
    Arc::new(move |query| match query {
        FontQuery::Standard(standard) => Some(standard.get_font_data()),
        FontQuery::Fallback(fallback) => match &cjk {
            Some(font) if fallback.character_collection.is_some() => Some(font.clone()),
            _ => Some(fallback.pick_standard_font().get_font_data()),
        },
    })
}

/// A font file's bytes, and the face in it.
type FontFile = (Arc<dyn AsRef<[u8]> + Send + Sync>, u32);
type Resolver = Arc<dyn Fn(&FontQuery) -> Option<FontFile> + Send + Sync>;

fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, PageError> {
    encode_rgba(
        pixmap.data_as_u8_slice(),
        u32::from(pixmap.width()),
        u32::from(pixmap.height()),
    )
}

/// Everything lies on white, so that alpha is 255 throughout and is left out.
pub(crate) fn encode_rgba(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PageError> {
    let rgb: Vec<u8> = pixels
        .chunks_exact(4)
        .flat_map(|p| [p[0], p[1], p[2]])
        .collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(|_| PageError::Encode)?;
    writer
        .write_image_data(&rgb)
        .map_err(|_| PageError::Encode)?;
    writer.finish().map_err(|_| PageError::Encode)?;
    Ok(out)
}
