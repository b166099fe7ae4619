//! Uploaded pictures: what they are, how large, and a small PNG of them. A preview is always encoded anew, so that
//! nothing of a stranger's file but its pixels reaches a browser.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The most pixels that are decoded: an A4 page at 600 dpi.
pub const MAX_PICTURE_PIXELS: u64 = 40_000_000;
/// The longest side that is decoded.
const MAX_SIDE: usize = 20_000;

/// The kinds of picture that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

/// Why a picture can't be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureFileError {
    /// It can't be decoded.
    #[error("the picture can't be decoded")]
    Unreadable,
    /// More pixels than are decoded.
    #[error("the picture has more than {MAX_PICTURE_PIXELS} pixels")]
    TooLarge,
}

/// Pixels, three bytes each.
struct Rgb {
    width: usize,
    height: usize,
    data: Vec<u8>,
}

/// Pixels, four bytes each.
pub(crate) struct Rgba {
    pub width: usize,
    pub height: usize,
    pub data: Vec<u8>,
}

impl Rgba {
    /// At most `side` pixels for the longer side, each the average of those that it stands for.
    pub(crate) fn shrunk(self, side: usize) -> Self {
        let longer = self.width.max(self.height);
        if longer <= side {
            return self;
        }
        let scaled = |length: usize| (length * side / longer).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        let mut data = Vec::with_capacity(width * height * 4);
        for y in 0..height {
            let rows = span(y, self.height, height);
            for x in 0..width {
                let columns = span(x, self.width, width);
                let mut sum = [0_usize; 4];
                for row in rows.clone() {
                    let start = (row * self.width + columns.start) * 4;
                    for pixel in self.data[start..start + columns.len() * 4].chunks_exact(4) {
                        for (total, value) in sum.iter_mut().zip(pixel) {
                            *total += usize::from(*value);
                        }
                    }
                }
                let count = rows.len() * columns.len();
                data.extend(sum.map(|total| u8::try_from(total / count).unwrap_or(255)));
            }
        }
        Self {
            width,
            height,
            data,
        }
    }
}

/// Which of `whole` the `at`-th of `parts` stands for.
fn span(at: usize, whole: usize, parts: usize) -> std::ops::Range<usize> {
    let first = at * whole / parts;
    first..((at + 1) * whole / parts).max(first + 1)
}

impl PictureKind {
    /// The pixels with their transparency; `None` where it cannot be decoded or is too large.
    pub(crate) fn rgba(self, bytes: &[u8]) -> Option<Rgba> {
        let (width, height) = self.size(bytes)?;
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MAX_PICTURE_PIXELS {
            return None;
        }
        match self {
            Self::Png => decode_png_rgba(bytes),
            Self::Jpeg => {
                let rgb = decode_jpeg(bytes)?;
                Some(Rgba {
                    width: rgb.width,
                    height: rgb.height,
                    data: rgb
                        .data
                        .chunks_exact(3)
                        .flat_map(|p| [p[0], p[1], p[2], 255])
                        .collect(),
                })
            }
        }
    }

    /// By the first bytes; what a name says does not count.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else {
            None
        }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Width and height, by the header alone.
    #[must_use]
    pub fn size(self, bytes: &[u8]) -> Option<(u32, u32)> {
        match self {
            Self::Png => {
                let reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
                Some((reader.info().width, reader.info().height))
            }
            Self::Jpeg => {
                let mut decoder = jpeg(bytes);
                decoder.decode_headers().ok()?;
                let info = decoder.info()?;
                Some((u32::from(info.width), u32::from(info.height)))
            }
        }
    }

    /// A PNG whose longer side has `side` pixels at most.
    ///
    /// # Errors
    /// [`PictureFileError`].
    pub fn preview(self, bytes: &[u8], side: u32) -> Result<Vec<u8>, PictureFileError> {
        let (width, height) = self.size(bytes).ok_or(PictureFileError::Unreadable)?;
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MAX_PICTURE_PIXELS {
            return Err(PictureFileError::TooLarge);
        }
        let whole = match self {
            Self::Png => decode_png(bytes),
            Self::Jpeg => decode_jpeg(bytes),
        };
        let whole = whole.ok_or(PictureFileError::Unreadable)?;
        encode(&shrink(&whole, side.max(1) as usize)).ok_or(PictureFileError::Unreadable)
    }
}

fn jpeg(bytes: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

fn decode_jpeg(bytes: &[u8]) -> Option<Rgb> {
    let mut decoder = jpeg(bytes);
    let data = decoder.decode().ok()?;
    let info = decoder.info()?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    (data.len() == width * height * 3).then_some(Rgb {
        width,
        height,
        data,
    })
}

fn decode_png(bytes: &[u8]) -> Option<Rgb> {
    let rgba = decode_png_rgba(bytes)?;
    // Transparent parts lie on white, as on the page.
    let over = |value: u8, alpha: u8| {
        let (value, alpha) = (u16::from(value), u16::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
    };
    Some(Rgb {
        width: rgba.width,
        height: rgba.height,
        data: rgba
            .data
            .chunks_exact(4)
            .flat_map(|p| [over(p[0], p[3]), over(p[1], p[3]), over(p[2], p[3])])
            .collect(),
    })
}

fn decode_png_rgba(bytes: &[u8]) -> Option<Rgba> {
    let limits = png::Limits {
        bytes: usize::try_from(MAX_PICTURE_PIXELS * 8).ok()?,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let mut raw = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut raw).ok()?;
    raw.truncate(frame.buffer_size());
    let data = match frame.color_type {
        png::ColorType::Rgba => raw,
        png::ColorType::Rgb => raw
            .chunks_exact(3)
            .flat_map(|p| [p[0], p[1], p[2], 255])
            .collect(),
        png::ColorType::Grayscale => raw.iter().flat_map(|v| [*v, *v, *v, 255]).collect(),
        png::ColorType::GrayscaleAlpha => raw
            .chunks_exact(2)
            .flat_map(|p| [p[0], p[0], p[0], p[1]])
            .collect(),
        png::ColorType::Indexed => return None,
    };
    Some(Rgba {
        width: frame.width as usize,
        height: frame.height as usize,
        data,
    })
}

/// Averages the pixels of each target pixel; a picture that fits stays as it is.
fn shrink(whole: &Rgb, side: usize) -> Rgb {
    let longer = whole.width.max(whole.height);
    if longer <= side {
        return Rgb {
            width: whole.width,
            height: whole.height,
            data: whole.data.clone(),
        };
    }
    let scaled = |length: usize| (length * side / longer).max(1);
    let (width, height) = (scaled(whole.width), scaled(whole.height));
    let mut data = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        let rows = y * whole.height / height
            ..((y + 1) * whole.height / height).max(y * whole.height / height + 1);
        for x in 0..width {
            let first = x * whole.width / width;
            let columns = first..((x + 1) * whole.width / width).max(first + 1);
            let mut sum = [0_usize; 3];
            for row in rows.clone() {
                let start = (row * whole.width + columns.start) * 3;
                for pixel in whole.data[start..start + columns.len() * 3].chunks_exact(3) {
                    for (total, value) in sum.iter_mut().zip(pixel) {
                        *total += usize::from(*value);
                    }
                }
            }
            let count = rows.len() * columns.len();
            data.extend(sum.map(|total| u8::try_from(total / count).unwrap_or(255)));
        }
    }
    Rgb {
        width,
        height,
        data,
    }
}

fn encode(picture: &Rgb) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (width, height) = (
        u32::try_from(picture.width).ok()?,
        u32::try_from(picture.height).ok()?,
    );
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&picture.data).ok()?;
    writer.finish().ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize) -> Vec<u8> {
        let data = (0..height)
            .flat_map(|y| {
                (0..width).flat_map(move |x| [if (x / 8 + y / 8) % 2 == 0 { 0 } else { 255 }; 3])
            })
            .collect();
        encode(&Rgb {
            width,
            height,
            data,
        })
        .unwrap()
    }

    #[test]
    fn a_large_picture_is_shrunk_and_a_small_one_keeps_its_size() {
        for (width, height, expected) in [
            (2400, 1200, (1200, 600)),
            (300, 200, (300, 200)),
            (10, 3000, (4, 1200)),
        ] {
            let bytes = picture(width, height);
            let kind = PictureKind::of(&bytes).unwrap();
            let preview = kind.preview(&bytes, 1200).unwrap();
            assert_eq!(PictureKind::Png.size(&preview), Some(expected));
        }
    }

    #[test]
    fn what_is_no_picture_or_claims_too_many_pixels_is_refused() {
        assert_eq!(PictureKind::of(b"%PDF-1.7"), None);
        assert_eq!(PictureKind::of(b"<svg onload=alert(1)>"), None);
        let cut = &picture(64, 64)[..60];
        assert_eq!(
            PictureKind::Png.preview(cut, 100),
            Err(PictureFileError::Unreadable)
        );
        assert_eq!(
            PictureKind::Jpeg.preview(&[0xff, 0xd8, 0xff, 0xe0], 100),
            Err(PictureFileError::Unreadable)
        );
        // A header that says 60000 × 60000.
        let mut huge = picture(8, 8);
        huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(PictureKind::Png.preview(&huge, 100).is_err());
    }
}
