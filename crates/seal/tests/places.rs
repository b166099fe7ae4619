//! Seals in many places: over edges, on ranges of pages, at keywords; one signature each time.

mod support;

use std::sync::Arc;

use pki::KeyFamily;
use seal::pdf::keyword::{self, KeywordError};
use seal::pdf::placement::{self, Edge, EdgeSeal, PageChoice, RectMm};
use seal::pdf::{self, SignatureSpec, SubFilter, tail};
use support::files::{self, Objects, Xref};
use support::{NOW, TestSigner, assert_valid, picture, seal_many, trusting, verify};

/// Pages of different size and turn, each with some text.
fn mixed(form: Xref) -> Vec<u8> {
    let shapes = [
        (595, 842, 0),
        (842, 595, 0),
        (595, 842, 90),
        (420, 595, 180),
        (595, 842, 270),
        (1191, 842, 0),
    ];
    let mut objects = Objects::new();
    objects.insert(1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec());
    let mut kids = String::new();
    for (index, (width, height, turn)) in (0u32..).zip(shapes) {
        let (page, contents) = (3 + index * 2, 4 + index * 2);
        kids += &format!("{page} 0 R ");
        objects.insert(
            page,
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Rotate {turn}/Contents {contents} 0 R\
                 /Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
            )
            .into_bytes(),
        );
        objects.insert(
            contents,
            files::stream(
                "",
                format!("BT /F1 12 Tf 72 300 Td (Page {index}) Tj ET").as_bytes(),
            ),
        );
    }
    objects.insert(
        2,
        format!("<</Type/Pages/Kids[{kids}]/Count 6>>").into_bytes(),
    );
    files::file_of(&objects, form)
}

#[test]
fn one_seal_over_the_edges_of_unlike_pages_is_one_valid_signature() {
    let signer = TestSigner::new(KeyFamily::Sm2);
    for form in [Xref::Table, Xref::ObjectStream] {
        for edge in [Edge::Left, Edge::Right, Edge::Top, Edge::Bottom] {
            let original = mixed(form);
            let geometries = pdf::page_geometries(&original).unwrap();
            let strips = placement::over_edge(
                &geometries,
                &EdgeSeal {
                    pages: placement::choose(&PageChoice::All, 6).unwrap(),
                    edge,
                    width_mm: 42.0,
                    height_mm: 42.0,
                    along: 0.4,
                    pages_a_seal: 4,
                },
            )
            .unwrap();
            let picture = picture();
            let spec = SignatureSpec {
                further: &[],
                placements: &strips,
                picture: &picture,
                field_name: "Edge",
                signer_name: "x",
                reason: None,
                time: NOW,
                sub_filter: SubFilter::AdbePkcs7Detached,
                contents_capacity: pdf::DEFAULT_CAPACITY,
                last: false,
            };
            let prepared = pdf::prepare_signature(&original, &spec).unwrap();
            let inspected = tail::inspect(&original, &prepared.tail).unwrap();
            let pages: Vec<u32> = inspected.places.iter().map(|place| place.page).collect();
            assert_eq!(pages, [1, 2, 3, 4, 5, 6], "{edge:?}");
            let file = seal_many(&original, &signer, &strips, "Edge", false);
            let report = verify(&file, &trusting(&[&signer]));
            assert_valid(&report);
            assert_eq!(report.signatures.len(), 1);
        }
    }
}

#[test]
fn the_same_seal_on_odd_pages_shares_one_drawing() {
    let signer = TestSigner::new(KeyFamily::P256);
    let original = mixed(Xref::Table);
    let geometries = pdf::page_geometries(&original).unwrap();
    let pages = placement::choose(&PageChoice::Odd, 6).unwrap();
    let rect = RectMm {
        x: 30.0,
        y: 40.0,
        width: 40.0,
        height: 40.0,
    };
    let places = placement::on_each(&geometries, &pages, rect).unwrap();
    let file = seal_many(&original, &signer, &places, "Odd", false);
    assert_valid(&verify(&file, &trusting(&[&signer])));
    let drawn = &picture().content;
    let drawings = file
        .windows(drawn.len())
        .filter(|bytes| *bytes == drawn.as_slice());
    assert_eq!(drawings.count(), 1);
}

/// A page whose text breaks inside a word, and one with a picture only.
fn text() -> Vec<u8> {
    let mut objects = files::objects();
    objects.insert(
        6,
        files::stream(
            "",
            b"BT /F1 20 Tf 100 700 Td (Party A: seal he) Tj 0 -30 Td (re, date) Tj 0 -100 Td (SEAL  HERE) Tj ET",
        ),
    );
    objects.insert(7, files::stream("", b"0 0 100 100 re f"));
    files::file_of(&objects, Xref::Table)
}

#[test]
fn a_keyword_is_found_across_the_end_of_a_line_and_where_it_stands() {
    let file = Arc::new(text());
    let search = keyword::search(&file, "seal here", None).unwrap();
    assert_eq!(search.without_text, [2]);
    assert_eq!(search.found.len(), 2, "{:?}", search.found);
    let (broken, whole) = (&search.found[0], &search.found[1]);
    assert_eq!((broken.page, broken.lines.len()), (1, 2));
    assert_eq!((whole.page, whole.lines.len()), (1, 1));
    // The text line at 570 points from the bottom of 842: the box goes from 566 to 586.
    let points = |mm: f64| mm * 72.0 / 25.4;
    let line = whole.lines[0];
    assert!((points(line.x) - 100.0).abs() < 1.0, "{line:?}");
    assert!((points(line.y) - (842.0 - 586.0)).abs() < 1.0, "{line:?}");
    assert!((points(line.height) - 20.0).abs() < 0.5, "{line:?}");
    assert!(points(line.width) > 90.0 && points(line.width) < 150.0);
    // The first line's second half begins at the left margin again.
    assert!((points(broken.lines[1].x) - 100.0).abs() < 1.0);
    let place = whole.place(40.0, 40.0, 10.0, -5.0);
    let (x, y) = whole.middle();
    assert!((place.x + 20.0 - x - 10.0).abs() < 1e-9 && (place.y + 20.0 - y + 5.0).abs() < 1e-9);
}

#[test]
fn a_search_says_what_it_cannot_do() {
    let file = Arc::new(text());
    assert!(
        keyword::search(&file, "nowhere", None)
            .unwrap()
            .found
            .is_empty()
    );
    let second = keyword::search(&file, "seal", Some(&[2])).unwrap();
    assert!(second.found.is_empty());
    assert_eq!(second.without_text, [2]);
    assert_eq!(
        keyword::search(&file, " \t", None),
        Err(KeywordError::Keyword)
    );
    assert_eq!(
        keyword::search(&file, &"x".repeat(101), None),
        Err(KeywordError::Keyword)
    );
    let broken = Arc::new(b"%PDF-1.7".to_vec());
    assert!(matches!(
        keyword::search(&broken, "x", None),
        Err(KeywordError::Broken(_))
    ));
}

#[test]
fn chinese_text_is_found_through_its_own_map() {
    // A composite font with the map that says what its codes mean; nothing of the font is embedded.
    let map = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n\
        1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
        4 beginbfchar <0001> <7532> <0002> <65B9> <0003> <76D6> <0004> <7AE0> endbfchar\nendcmap end end";
    let mut objects = files::objects();
    objects.insert(
        5,
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong/Encoding/Identity-H/ToUnicode 21 0 R\
          /DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/STSong/CIDSystemInfo\
          <</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000/FontDescriptor 22 0 R>>]>>"
            .to_vec(),
    );
    objects.insert(21, files::stream("", map));
    objects.insert(
        22,
        b"<</Type/FontDescriptor/FontName/STSong/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0\
          /Ascent 900/Descent -200/CapHeight 700/StemV 80>>"
            .to_vec(),
    );
    objects.insert(
        6,
        files::stream(
            "",
            b"BT /F1 12 Tf 100 700 Td <00010002> Tj 0 -20 Td <00030004> Tj ET",
        ),
    );
    let file = Arc::new(files::file_of(&objects, Xref::Table));
    let search = keyword::search(&file, "甲方盖章", None).unwrap();
    assert_eq!(search.found.len(), 1, "{search:?}");
    assert_eq!(search.found[0].lines.len(), 2);
}
