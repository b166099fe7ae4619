//! Images: PNG, JPEG and JBIG2 files as pixels, shrunk where they would show much smaller.

use tiny_skia::{IntSize, Pixmap};

use crate::picture_file::{PictureKind, Rgba};

/// Most pixels of a JBIG2 bitmap.
const MAX_PIXELS: u64 = 40_000_000;
const JBIG2: &[u8] = &[0x97, 0x4a, 0x42, 0x32, 0x0d, 0x0a, 0x1a, 0x0a];

/// Decodes an image of at most `side` pixels for its longer side; `None` for kinds that are not decoded.
pub(super) fn decode(bytes: &[u8], side: u32) -> Option<Pixmap> {
    let picture = if bytes.starts_with(JBIG2) {
        jbig2(bytes)?
    } else {
        PictureKind::of(bytes)?.rgba(bytes)?
    };
    let mut picture = picture;
    for p in picture.data.chunks_exact_mut(4) {
        let alpha = u16::from(p[3]);
        for value in &mut p[..3] {
            *value = (u16::from(*value) * alpha / 255) as u8;
        }
    }
    let picture = picture.shrunk(side.max(1) as usize);
    let size = IntSize::from_wh(picture.width as u32, picture.height as u32)?;
    Pixmap::from_vec(picture.data, size)
}

fn jbig2(bytes: &[u8]) -> Option<Rgba> {
    let file = hayro_jbig2::File::new(bytes, &hayro_jbig2::DecodeSettings::default()).ok()?;
    let page = file.page(0)?;
    let (width, height) = (page.width(), page.height());
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS {
        return None;
    }
    let mut rows = Rows(Vec::with_capacity(pixels as usize * 4));
    page.decode(&mut rows).ok()?;
    (rows.0.len() as u64 == pixels * 4).then_some(Rgba {
        width: width as usize,
        height: height as usize,
        data: rows.0,
    })
}

/// Bits as black on white.
struct Rows(Vec<u8>);

impl hayro_jbig2::Decoder for Rows {
    fn push_pixel(&mut self, black: bool) {
        let value = if black { 0 } else { 255 };
        self.0.extend([value, value, value, 255]);
    }

    fn push_pixel_chunk(&mut self, black: bool, chunk_count: u32) {
        for _ in 0..u64::from(chunk_count) * 8 {
            self.push_pixel(black);
        }
    }

    fn next_line(&mut self) {}
}
