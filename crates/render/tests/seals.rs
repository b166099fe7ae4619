//! Seals of short and long names fit, and what cannot be drawn is said.
//!
//! `YINXIN_PICTURES=DIR` keeps the PNGs, to be looked at.

use render::{SealDrawing, SealFont, SealLayoutError, SealSize, SealText, draw};

fn font() -> Option<SealFont> {
    match SealFont::find(None) {
        Ok(font) => Some(font),
        Err(error) if std::env::var("YINXIN_REQUIRE_TOOLS").as_deref() == Ok("1") => {
            panic!("{error}")
        }
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn drawn(organisation: &str, title: Option<&str>) -> Option<SealDrawing> {
    let drawing = draw(
        SealText {
            organisation,
            title,
        },
        SealSize::of(organisation),
        &font()?,
    )
    .unwrap();
    if let Ok(folder) = std::env::var("YINXIN_PICTURES") {
        let file = format!(
            "{folder}/seal-{}-{}.png",
            organisation.chars().count(),
            title.unwrap_or("plain")
        );
        std::fs::write(file, drawing.png(600).unwrap()).unwrap();
    }
    Some(drawing)
}

const NAMES: [&str; 6] = [
    "甲乙商行",
    "演示供应商甲有限公司",
    "深圳市电子商务安全证书管理有限公司",
    "福建省数字安全证书管理股份有限公司",
    "中国（福建）自由贸易试验区厦门片区跨境电子商务产业园发展有限公司",
    "ABC Trading (Xiamen) Co. Ltd",
];

/// Whether any pixel of a picture that has ink fulfils a condition on its distance from the centre, in mm.
fn ink(drawing: &SealDrawing, wanted: impl Fn(f64) -> bool) -> bool {
    let width = 800;
    let png = drawing.png(width).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let (scale, middle) = (drawing.width_mm / f64::from(width), drawing.width_mm / 2.0);
    pixels
        .chunks_exact(4)
        .enumerate()
        .filter(|(_, pixel)| pixel[3] > 128)
        .any(|(at, _)| {
            let (x, y) = (
                (at % width as usize) as f64 + 0.5,
                (at / width as usize) as f64 + 0.5,
            );
            wanted((x * scale - middle).hypot(y * scale - middle))
        })
}

#[test]
fn names_from_four_to_thirty_characters_leave_ring_and_star_free() {
    for name in NAMES {
        let Some(drawing) = drawn(name, None) else {
            return;
        };
        let size = SealSize::of(name);
        let inside = size.diameter_mm / 2.0 - size.ring_mm;
        // Only antialiasing reaches into the bands beside the ring and around the star.
        assert!(
            !ink(&drawing, |r| r > inside - 0.6 && r < inside - 0.1),
            "{name} touches the ring"
        );
        assert!(
            !ink(&drawing, |r| r > 7.1 && r < 9.6),
            "{name} touches the star"
        );
        assert!(
            ink(&drawing, |r| r > 11.0 && r < inside - 1.0),
            "{name} is not there"
        );
        assert!(!ink(&drawing, |r| r > size.diameter_mm / 2.0 + 0.05));
    }
}

#[test]
fn a_title_stands_under_the_star() {
    for title in ["电子签章", "合同专用章", "公章", "投标专用章"] {
        let Some(drawing) = drawn("演示供应商甲有限公司", Some(title)) else {
            return;
        };
        let plain = drawn("演示供应商甲有限公司", None).unwrap();
        assert!(drawing.svg().len() > plain.svg().len());
    }
}

#[test]
fn the_size_follows_the_kind_of_company() {
    assert_eq!(SealSize::of("某某股份有限公司").diameter_mm, 42.0);
    assert_eq!(SealSize::of("某某有限公司").diameter_mm, 40.0);
}

#[test]
fn one_drawing_has_three_forms_and_reads_back_unchanged() {
    let Some(drawing) = drawn("演示供应商甲有限公司", Some("电子签章")) else {
        return;
    };
    let again = SealDrawing::from_json(&drawing.to_json()).unwrap();
    assert_eq!(again, drawing);
    assert!(again.svg().starts_with("<svg xmlns=") && !again.svg().contains("style"));
    let content = String::from_utf8(again.picture().content).unwrap();
    let operators: std::collections::BTreeSet<&str> = content
        .lines()
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    assert_eq!(
        operators.into_iter().collect::<Vec<_>>(),
        ["c", "f", "h", "l", "m", "rg"]
    );
    assert!(content.len() < 64 * 1024, "{} bytes", content.len());
}

#[test]
fn a_stored_drawing_with_anything_else_in_it_is_refused() {
    for text in [
        r#"{"width_mm":40.0,"height_mm":40.0,"paths":["M0 0\"/><script>"]}"#,
        r#"{"width_mm":4000.0,"height_mm":40.0,"paths":[]}"#,
        r#"{"width_mm":40.0,"height_mm":40.0,"paths":[],"more":1}"#,
    ] {
        assert!(SealDrawing::from_json(text).is_none(), "{text}");
    }
}

#[test]
fn what_the_font_lacks_is_named() {
    let Some(font) = font() else { return };
    let text = |organisation, title| SealText {
        organisation,
        title,
    };
    let size = SealSize::USUAL;
    assert_eq!(
        draw(text("演示\u{10ffff}公司", None), size, &font),
        Err(SealLayoutError::MissingGlyph {
            character: '\u{10ffff}'
        })
    );
    assert_eq!(
        draw(text("演", None), size, &font),
        Err(SealLayoutError::NameLength { chars: 1 })
    );
    let long = "演".repeat(41);
    assert_eq!(
        draw(text(&long, None), size, &font),
        Err(SealLayoutError::NameLength { chars: 41 })
    );
    assert_eq!(
        draw(text("演示公司", Some("")), size, &font),
        Err(SealLayoutError::TitleLength { chars: 0 })
    );
    assert!(SealFont::open(std::path::Path::new(file!())).is_err());
}
