//! The pages of an OFD as PNGs (GB/T 33190-2016): text in the fonts that the file brings and the CJK font
//! otherwise, paths, images, annotations, and the seals on them, cut as they are.
//!
//! Good enough to read and to place a seal: gradients and patterns are drawn in one colour, and picture kinds
//! that are not decoded show as a grey field. Whether a file may be sealed or is valid is `seal`'s to say.

mod canvas;
mod image;
mod objects;
mod path;
mod resources;
mod stamps;
mod text;

use seal::ofd::document::{Document, OfdError, geometry_of, read_xml};
use seal::ofd::location::resolve;
use seal::ofd::package::PackageError;
use seal::ofd::xml::Element;
use tiny_skia::{Color, Pixmap, Transform};

use crate::page::{MAX_HEIGHT, MAX_PAGES, encode_rgba};
use crate::{MAX_PIXELS, MAX_WIDTH, PageError, SealFont};
use canvas::Canvas;
use objects::Painter;
use resources::Resources;

/// Seals whose picture is an OFD hold no further seals.
const MAX_NESTING: usize = 1;

/// An OFD opened for looking at.
pub struct OfdDocument<'a> {
    document: Document<'a>,
    pages: usize,
    nesting: usize,
}

impl<'a> OfdDocument<'a> {
    /// Opens the bytes of an OFD, a map of a file among them.
    ///
    /// # Errors
    /// [`PageError`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, PageError> {
        Self::nested(bytes, 0)
    }

    fn nested(bytes: &'a [u8], nesting: usize) -> Result<Self, PageError> {
        let document = Document::open(bytes).map_err(|error| match error {
            OfdError::Package(PackageError::Encrypted(_)) => PageError::Encrypted,
            _ => PageError::Unreadable,
        })?;
        let pages = document.pages().count();
        if !(1..=MAX_PAGES).contains(&pages) {
            return Err(PageError::PageCount);
        }
        Ok(Self {
            document,
            pages,
            nesting,
        })
    }

    /// How many pages there are.
    #[must_use]
    pub const fn page_count(&self) -> usize {
        self.pages
    }

    /// Width and height of a page in millimetres, counted from 1.
    ///
    /// # Errors
    /// [`PageError::NoSuchPage`], [`PageError::PageSize`].
    pub fn size_mm(&self, number: u32) -> Result<(f64, f64), PageError> {
        self.check(number)?;
        let geometry = self
            .document
            .geometry(number)
            .map_err(|_| PageError::PageSize)?;
        Ok((geometry.width_mm, geometry.height_mm))
    }

    /// One page, counted from 1, as an RGB PNG of `width` pixels (at most [`MAX_WIDTH`], and fewer where the page
    /// is very long), with annotations and seals, on white. `font` stands in for fonts that the file names and
    /// does not carry; without one, their text is missing.
    ///
    /// # Errors
    /// [`PageError`].
    pub fn png(
        &self,
        number: u32,
        width: u32,
        font: Option<&SealFont>,
    ) -> Result<Vec<u8>, PageError> {
        let (page_width, page_height) = self.size_mm(number)?;
        let ratio = page_height / page_width;
        let by_pixels = (MAX_PIXELS as f64 / ratio).sqrt();
        let width = f64::from(width.clamp(16, MAX_WIDTH))
            .min(by_pixels)
            .min(MAX_HEIGHT / ratio)
            .floor()
            .max(1.0);
        let height = (width * ratio).round().clamp(1.0, MAX_HEIGHT);
        let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or(PageError::PageSize)?;
        pixmap.fill(Color::WHITE);
        self.draw(number, width / page_width, font, &mut pixmap)?;
        encode_rgba(pixmap.data(), pixmap.width(), pixmap.height())
    }

    fn check(&self, number: u32) -> Result<(), PageError> {
        match (1..=self.pages).contains(&(number as usize)) {
            true => Ok(()),
            false => Err(PageError::NoSuchPage),
        }
    }

    /// Draws a page onto what is there; `scale` is pixels a millimetre.
    fn draw(
        &self,
        number: u32,
        scale: f64,
        font: Option<&SealFont>,
        pixmap: &mut Pixmap,
    ) -> Result<(), PageError> {
        let unreadable = |_| PageError::Unreadable;
        let (body, page) = self
            .document
            .pages()
            .nth(number as usize - 1)
            .ok_or(PageError::NoSuchPage)?;
        let package = &self.document.package;
        let content = read_xml(package, &page.path, "Page").map_err(unreadable)?;
        let geometry = geometry_of(&content, body.default_box).ok_or(PageError::PageSize)?;
        let to_pixels = Transform::from_scale(scale as f32, scale as f32)
            .pre_translate(-geometry.x as f32, -geometry.y as f32);
        let mut resources = Resources::new(package);
        resources.of_document(&body.root, &body.element);
        resources.of_page(&page.path, &content);
        let (behind, before) =
            templates(package, &body.root, &body.element, &content, &mut resources);
        let mut painter = Painter::new(Canvas::new(pixmap, to_pixels), &resources, font);
        for template in &behind {
            painter.page(template);
        }
        painter.page(&content);
        for template in &before {
            painter.page(template);
        }
        for annotation in annotations(package, &body.root, &body.element, &page.id) {
            painter.annotations(&annotation);
        }
        if self.nesting < MAX_NESTING {
            stamps::draw(&self.document, body, &page.id, &mut painter, self.nesting);
        }
        Ok(())
    }
}

/// The page's templates: those behind its content, and those before it (§7.7, ZOrder).
fn templates(
    package: &seal::ofd::package::Package<'_>,
    root: &str,
    document: &Element,
    page: &Element,
    resources: &mut Resources<'_>,
) -> (Vec<Element>, Vec<Element>) {
    let (mut behind, mut before) = (Vec::new(), Vec::new());
    let Some(common) = document.all("CommonData").next() else {
        return (behind, before);
    };
    for used in page.all("Template").take(16) {
        let named = common
            .all("TemplatePage")
            .find(|template| template.attribute("ID") == used.attribute("TemplateID"));
        let Some(path) = named
            .and_then(|template| template.attribute("BaseLoc"))
            .and_then(|location| resolve(root, location))
        else {
            continue;
        };
        let Ok(content) = read_xml(package, &path, "Page") else {
            continue;
        };
        resources.of_page(&path, &content);
        match used.attribute("ZOrder") {
            Some("Foreground") => before.push(content),
            _ => behind.push(content),
        }
    }
    (behind, before)
}

/// The files of annotations on this page.
fn annotations(
    package: &seal::ofd::package::Package<'_>,
    root: &str,
    document: &Element,
    page: &str,
) -> Vec<Element> {
    let Some(path) = document
        .all("Annotations")
        .next()
        .and_then(|element| resolve(root, element.trimmed()))
    else {
        return Vec::new();
    };
    let Ok(list) = read_xml(package, &path, "Annotations") else {
        return Vec::new();
    };
    list.all("Page")
        .filter(|entry| entry.attribute("PageID") == Some(page))
        .filter_map(|entry| entry.all("FileLoc").next())
        .filter_map(|location| resolve(&path, location.trimmed()))
        .filter_map(|path| read_xml(package, &path, "PageAnnot").ok())
        .take(16)
        .collect()
}
