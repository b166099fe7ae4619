//! Seals on a page (§18.2.3): the picture inside the seal signature, cut by Clip. What shows is what was
//! signed with; whether it is worth anything is the verifier's to say.

use seal::ofd::document::{Body, Document};
use seal::ofd::signatures::{self, Description, StampAnnot};
use seal::ses::{MAX_SEAL, MAX_SIGNATURE, SealPicture, SesSeal, SesSignature};
use tiny_skia::{BlendMode, Color, Pixmap, Stroke, Transform};

use super::objects::{Painter, paint};
use super::{OfdDocument, image, path};

/// Stamps drawn on one page.
const MAX_STAMPS: usize = 200;
/// Pixels of a seal's longer side.
const MAX_SIDE: u32 = 2000;

pub(super) fn draw(
    document: &Document<'_>,
    body: &Body,
    page: &str,
    painter: &mut Painter<'_, '_>,
    nesting: usize,
) {
    let package = &document.package;
    let mut drawn = 0;
    for listed in signatures::list(package, body).unwrap_or_default() {
        let Ok(description) = Description::read(package, &listed.path) else {
            continue;
        };
        let here = description.stamps.iter().filter(|stamp| stamp.page == page);
        let mut here = here.peekable();
        if here.peek().is_none() {
            continue;
        }
        let picture = picture(document, &description);
        for stamp in here {
            drawn += 1;
            if drawn > MAX_STAMPS {
                return;
            }
            let pixels = picture
                .as_ref()
                .and_then(|picture| pixels(picture, stamp, painter, nesting));
            one(stamp, pixels.as_ref(), painter);
        }
    }
}

fn picture(document: &Document<'_>, description: &Description) -> Option<SealPicture> {
    let package = &document.package;
    let signed = package
        .read(&description.signed_value, MAX_SIGNATURE as u64)
        .ok()
        .and_then(|bytes| SesSignature::from_der(&bytes).ok())
        .map(|signature| signature.seal);
    let seal = signed.or_else(|| {
        let bytes = package
            .read(description.seal.as_deref()?, MAX_SEAL as u64)
            .ok()?;
        SesSeal::from_der(&bytes).ok()
    });
    seal.map(|seal| seal.picture)
}

/// The picture in the size in which it shows.
fn pixels(
    picture: &SealPicture,
    stamp: &StampAnnot,
    painter: &Painter<'_, '_>,
    nesting: usize,
) -> Option<Pixmap> {
    let [_, _, width, height] = stamp.boundary;
    let scale = f64::from(painter.canvas.scale());
    let side = (width.max(height) * scale)
        .ceil()
        .clamp(1.0, f64::from(MAX_SIDE));
    if !seal::ofd::looks_like_ofd(&picture.data) {
        return image::decode(&picture.data, side as u32);
    }
    let nested = OfdDocument::nested(&picture.data, nesting + 1).ok()?;
    let (page_width, page_height) = nested.size_mm(1).ok()?;
    let scale = side / page_width.max(page_height);
    let sized = |length: f64| (length * scale).round().max(1.0) as u32;
    let mut pixmap = Pixmap::new(sized(page_width), sized(page_height))?;
    nested.draw(1, scale, painter.font, &mut pixmap).ok()?;
    Some(pixmap)
}

/// White paper behind a seal is no part of it: it is multiplied onto the page, as ink is.
fn one(stamp: &StampAnnot, pixels: Option<&Pixmap>, painter: &mut Painter<'_, '_>) {
    let [x, y, width, height] = stamp.boundary;
    let Some(visible) = stamp.visible() else {
        return;
    };
    let mask = if stamp.clip.is_some() {
        let cut = path::rectangle(visible[0], visible[1], visible[2], visible[3]);
        let Some(mask) =
            cut.and_then(|cut| painter.canvas.mask(&[(cut, Transform::identity())], None))
        else {
            return;
        };
        Some(mask)
    } else {
        None
    };
    if let Some(pixels) = pixels {
        let transform = Transform::from_translate(x as f32, y as f32).pre_scale(
            width as f32 / pixels.width() as f32,
            height as f32 / pixels.height() as f32,
        );
        painter.canvas.image(
            pixels.as_ref(),
            1.0,
            BlendMode::Multiply,
            transform,
            mask.as_ref(),
        );
        return;
    }
    // A picture that is not decoded still takes its place.
    if let Some(frame) = path::rectangle(visible[0], visible[1], visible[2], visible[3]) {
        let line = Stroke {
            width: 0.5,
            ..Stroke::default()
        };
        painter.canvas.stroke(
            &frame,
            &paint(Color::from_rgba8(0xd7, 0x19, 0x1f, 0xff), 1.0),
            &line,
            Transform::identity(),
            None,
        );
    }
}
