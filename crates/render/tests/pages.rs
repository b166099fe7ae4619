//! Pages show as they are turned, and text in Chinese fonts that are not embedded is not blank.
//!
//! The PDFs are written here, by hand; `YINXIN_PICTURES=DIR` keeps the PNGs, to be looked at.

use std::sync::Arc;

use render::{Document, PageError, SealFont};

/// A PDF of one page from its page entries, content and further objects (from 5 on).
fn pdf(page: &str, content: &str, more: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /Contents 4 0 R {page} >>"),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
    ];
    objects.extend(more.iter().map(|object| (*object).to_owned()));
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    out
}

struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    fn of(
        document: &Document,
        number: u32,
        width: u32,
        font: Option<&SealFont>,
        name: &str,
    ) -> Self {
        let png = document.png(number, width, font).unwrap();
        if let Ok(folder) = std::env::var("YINXIN_PICTURES") {
            std::fs::write(format!("{folder}/page-{name}.png"), &png).unwrap();
        }
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        Self {
            width: info.width,
            height: info.height,
            rgb,
        }
    }

    fn dark(&self, x: f64, y: f64) -> bool {
        let (x, y) = (
            (x * f64::from(self.width)) as usize,
            (y * f64::from(self.height)) as usize,
        );
        self.rgb[(y * self.width as usize + x) * 3] < 128
    }

    fn ink(&self) -> usize {
        self.rgb
            .chunks_exact(3)
            .filter(|pixel| pixel[0] < 128)
            .count()
    }
}

#[test]
fn a_turned_page_shows_turned_and_only_its_visible_box() {
    // A black square of 20 points at the lower left of a visible box that does not begin at zero.
    let content = "110 210 20 20 re f";
    for (rotation, corner) in [
        (0, (0.1, 0.9)),
        (90, (0.1, 0.1)),
        (180, (0.9, 0.1)),
        (270, (0.9, 0.9)),
    ] {
        let page = format!("/MediaBox [0 0 600 800] /CropBox [100 200 200 400] /Rotate {rotation}");
        let document = Document::open(Arc::new(pdf(&page, content, &[]))).unwrap();
        assert_eq!(document.page_count(), 1);
        let turned = rotation % 180 == 90;
        let size = if turned {
            (200.0, 100.0)
        } else {
            (100.0, 200.0)
        };

        let picture = Picture::of(&document, 1, 300, None, &format!("turned-{rotation}"));
        assert_eq!(
            (picture.width, picture.height),
            (300, if turned { 150 } else { 600 })
        );
        // Where the square shows: 10–30 points from the corner on each side.
        let place = |fraction: f64, length: f64| {
            if fraction < 0.5 {
                20.0 / length
            } else {
                1.0 - 20.0 / length
            }
        };
        let (x, y) = (place(corner.0, size.0), place(corner.1, size.1));
        assert!(picture.dark(x, y), "rotation {rotation}");
        assert!(!picture.dark(1.0 - x, 1.0 - y), "rotation {rotation}");
    }
}

#[test]
fn chinese_text_in_a_font_that_is_not_embedded_is_not_blank() {
    let Ok(font) = SealFont::find(None) else {
        assert_ne!(
            std::env::var("YINXIN_REQUIRE_TOOLS").as_deref(),
            Ok("1"),
            "no CJK font"
        );
        eprintln!("skipped: no CJK font");
        return;
    };
    let page = "/MediaBox [0 0 200 100] /Resources << /Font << /F1 5 0 R >> >>";
    let text = "BT /F1 30 Tf 20 40 Td <62DB68076587 4EF6> Tj ET";
    let fonts = [
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) \
         /Ordering (GB1) /Supplement 2 >> /DW 1000 /FontDescriptor 7 0 R >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 \
         /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ];
    let document = Document::open(Arc::new(pdf(page, text, &fonts))).unwrap();
    let picture = Picture::of(&document, 1, 400, Some(&font), "stsong");
    assert!(picture.ink() > 500, "{} dark pixels", picture.ink());
}

#[test]
fn the_picture_stays_within_its_limits_whatever_is_asked() {
    let narrow = pdf("/MediaBox [0 0 20 14000]", "0 0 5 5 re f", &[]);
    let document = Document::open(Arc::new(narrow)).unwrap();
    let picture = Picture::of(&document, 1, u32::MAX, None, "narrow");
    assert!(u64::from(picture.width) * u64::from(picture.height) <= render::MAX_PIXELS + 100_000);
    let usual = Document::open(Arc::new(pdf("/MediaBox [0 0 595 842]", "", &[]))).unwrap();
    assert_eq!(
        Picture::of(&usual, 1, u32::MAX, None, "usual").width,
        render::MAX_WIDTH
    );
    assert_eq!(usual.png(0, 100, None).err(), Some(PageError::NoSuchPage));
    assert_eq!(usual.png(2, 100, None).err(), Some(PageError::NoSuchPage));
}

#[test]
fn what_is_no_pdf_is_refused() {
    for bytes in [&b""[..], b"hello", b"%PDF-1.7\n%%EOF\n"] {
        assert!(Document::open(Arc::new(bytes.to_vec())).is_err());
    }
}
