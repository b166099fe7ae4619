//! Pages of OFD files show what is on them, by measures; `YINXIN_PICTURES=DIR` keeps the PNGs, to be looked at.
//!
//! The files are written here, by hand; those of others come from `YINXIN_CORPORA`.

use std::path::PathBuf;

use pki::asn1::{tag, write};
use pki::{UnixTime, oid};
use render::{OfdDocument, PageError, SealFont};

const NAMESPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

/// CRC-32 of ZIP and PNG, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// A package of stored files.
fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in files {
        let length = (data.len() as u32).to_le_bytes();
        let common = [
            [20u16, 1 << 11, 0, 0, 0x21].map(u16::to_le_bytes).concat(),
            crc(data).to_le_bytes().to_vec(),
            [length, length].concat(),
            (name.len() as u16).to_le_bytes().to_vec(),
            vec![0, 0],
        ]
        .concat();
        let offset = (out.len() as u32).to_le_bytes();
        out.extend([b"PK\x03\x04", common.as_slice(), name.as_bytes(), data].concat());
        directory.extend(
            [
                b"PK\x01\x02\x14\x00",
                common.as_slice(),
                &[0; 10],
                &offset,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let count = (files.len() as u16).to_le_bytes();
    let numbers = [directory.len() as u32, out.len() as u32]
        .map(u32::to_le_bytes)
        .concat();
    out.extend(
        [
            directory.as_slice(),
            b"PK\x05\x06\0\0\0\0",
            &count,
            &count,
            &numbers,
            &[0, 0],
        ]
        .concat(),
    );
    out
}

/// An OFD of one page, 100 × 50 mm, with these objects; `resources` are the children of Res.
fn ofd(objects: &str, resources: &str, more: Vec<(&'static str, Vec<u8>)>, list: bool) -> Vec<u8> {
    let signatures = if list {
        "<ofd:Signatures>Signatures.xml</ofd:Signatures>"
    } else {
        ""
    };
    let mut files = vec![
        (
            "OFD.xml",
            format!("<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocRoot>Document.xml</ofd:DocRoot>{signatures}</ofd:DocBody></ofd:OFD>").into_bytes(),
        ),
        (
            "Document.xml",
            format!(
                "<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 100 50</ofd:PhysicalBox>\
                 </ofd:PageArea><ofd:PublicRes>Res.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>\
                 <ofd:Page ID=\"1\" BaseLoc=\"Page.xml\"/></ofd:Pages></ofd:Document>"
            )
            .into_bytes(),
        ),
        ("Res.xml", format!("<ofd:Res {NAMESPACE} BaseLoc=\"files\">{resources}</ofd:Res>").into_bytes()),
        (
            "Page.xml",
            format!("<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>").into_bytes(),
        ),
    ];
    files.extend(more);
    zip(&files)
}

struct Picture {
    width: usize,
    rgb: Vec<u8>,
    /// Pixels a millimetre.
    scale: f64,
}

impl Picture {
    fn of(file: &[u8], page: u32, font: Option<&SealFont>, name: &str) -> Self {
        let document = OfdDocument::open(file).unwrap();
        let png = document.png(page, 1000, font).unwrap();
        if let Ok(folder) = std::env::var("YINXIN_PICTURES") {
            std::fs::write(format!("{folder}/ofd-{name}.png"), &png).unwrap();
        }
        let mut reader = png::Decoder::new(std::io::Cursor::new(png))
            .read_info()
            .unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        let width = info.width as usize;
        Self {
            scale: width as f64 / document.size_mm(page).unwrap().0,
            width,
            rgb,
        }
    }

    fn at(&self, x_mm: f64, y_mm: f64) -> [u8; 3] {
        let (x, y) = ((x_mm * self.scale) as usize, (y_mm * self.scale) as usize);
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// The part of a rectangle in millimetres whose pixels are like this.
    fn part(&self, rect: [f64; 4], like: impl Fn([u8; 3]) -> bool) -> f64 {
        let [x, y, width, height] = rect.map(|mm| (mm * self.scale) as usize);
        let hits = (y..y + height)
            .flat_map(|row| (x..x + width).map(move |column| (row * self.width + column) * 3))
            .filter(|at| {
                self.rgb.len() > at + 2 && like([self.rgb[*at], self.rgb[at + 1], self.rgb[at + 2]])
            })
            .count();
        hits as f64 / (width * height).max(1) as f64
    }
}

const fn dark(p: [u8; 3]) -> bool {
    p[0] < 128 && p[1] < 128 && p[2] < 128
}

const fn red(p: [u8; 3]) -> bool {
    p[0] > 150 && p[1] < 120 && p[2] < 120
}

const WHITE: [u8; 3] = [255; 3];

#[test]
fn paths_are_filled_and_stroked_where_they_are_said_to_be() {
    let objects = "<ofd:PathObject Boundary=\"10 10 20 20\" Fill=\"true\" Stroke=\"false\">\
        <ofd:FillColor Value=\"255 0 0\"/><ofd:AbbreviatedData>M 0 0 L 20 0 L 20 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>\
        <ofd:PathObject Boundary=\"50 10 20 20\" LineWidth=\"2\" CTM=\"0.5 0 0 0.5 5 0\">\
        <ofd:AbbreviatedData>M 0 0 L 20 20</ofd:AbbreviatedData></ofd:PathObject>\
        <ofd:PathObject Boundary=\"40 0 60 50\" Fill=\"true\" Stroke=\"false\"><ofd:FillColor Value=\"0 0 255\"/>\
        <ofd:Clips><ofd:Clip><ofd:Area><ofd:Path Boundary=\"40 30 10 10\"><ofd:AbbreviatedData>M 0 0 L 10 0 L 10 10 L 0 10 C\
        </ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip></ofd:Clips>\
        <ofd:AbbreviatedData>M 0 0 L 60 0 L 60 50 L 0 50 C</ofd:AbbreviatedData></ofd:PathObject>";
    let picture = Picture::of(&ofd(objects, "", vec![], false), 1, None, "paths");
    assert_eq!(picture.at(20.0, 20.0), [255, 0, 0]);
    assert_eq!(picture.at(9.0, 20.0), WHITE);
    assert_eq!(picture.at(31.0, 20.0), WHITE);
    assert!(
        dark(picture.at(60.0, 15.0)),
        "the line goes through the middle of its boundary"
    );
    assert_eq!(picture.at(68.0, 28.0), WHITE, "and is scaled by its matrix");
    assert_eq!(picture.at(85.0, 35.0), [0, 0, 255]);
    assert_eq!(
        picture.at(75.0, 35.0),
        WHITE,
        "what lies outside the clip is cut"
    );
}

#[test]
fn text_shows_in_the_fallback_font_where_its_deltas_put_it() {
    let objects = "<ofd:TextObject Boundary=\"10 10 80 12\" Font=\"3\" Size=\"10\">\
        <ofd:TextCode X=\"0\" Y=\"9\" DeltaX=\"20\" DeltaY=\"0\">公司章</ofd:TextCode></ofd:TextObject>";
    let file = ofd(
        objects,
        "<ofd:Fonts><ofd:Font ID=\"3\" FontName=\"宋体\"/></ofd:Fonts>",
        vec![],
        false,
    );
    let without = Picture::of(&file, 1, None, "text-without");
    assert_eq!(without.part([0.0, 0.0, 99.0, 49.0], dark), 0.0);
    let Ok(font) = SealFont::find(None) else {
        eprintln!("skipped: no CJK font is installed");
        return;
    };
    let picture = Picture::of(&file, 1, Some(&font), "text");
    for left in [10.0, 30.0, 50.0] {
        let ink = picture.part([left, 10.0, 10.0, 10.0], dark);
        assert!((0.08..0.6).contains(&ink), "a glyph at {left}: {ink}");
        let gap = picture.part([left + 11.0, 10.0, 8.0, 10.0], dark);
        assert!(gap < 0.001, "nothing between: {gap}");
    }
}

#[test]
fn a_font_that_the_file_brings_is_used_by_glyph_number() {
    let Ok(font) = SealFont::find(None) else {
        eprintln!("skipped: no CJK font is installed");
        return;
    };
    // The same glyph by its character in the fallback font, and by its number in a font of the file's own.
    let Some(path) = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.is_file()) else {
        eprintln!("skipped: no TrueType font to bring is installed");
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let face = ttf_parser::Face::parse(&bytes, 0).unwrap();
    let id = face.glyph_index('W').unwrap().0;
    // The character is one that would show as a thin stroke, the glyph a wide one.
    let objects = format!(
        "<ofd:TextObject Boundary=\"10 10 80 12\" Font=\"3\" Size=\"20\"><ofd:CGTransform CodePosition=\"0\" CodeCount=\"1\" \
         GlyphCount=\"1\"><ofd:Glyphs>{id}</ofd:Glyphs></ofd:CGTransform><ofd:TextCode X=\"0\" Y=\"18\">|</ofd:TextCode></ofd:TextObject>"
    );
    let fonts = "<ofd:Fonts><ofd:Font ID=\"3\" FontName=\"own\"><ofd:FontFile>own.ttf</ofd:FontFile></ofd:Font></ofd:Fonts>";
    let brought = ofd(
        &objects,
        fonts,
        vec![("files/own.ttf", bytes.clone())],
        false,
    );
    let missing = ofd(&objects, fonts, vec![], false);
    let wide =
        Picture::of(&brought, 1, Some(&font), "own-font").part([10.0, 10.0, 20.0, 20.0], dark);
    let thin = Picture::of(&missing, 1, Some(&font), "own-font-missing")
        .part([10.0, 10.0, 20.0, 20.0], dark);
    assert!(wide > thin * 1.5 && thin > 0.0, "{wide} against {thin}");
}

/// A PNG of 2 × 2 pixels: red, green / blue, white; stored without packing.
fn four_colours() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&[255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
        .unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn images_stand_upright_in_their_boundary_and_unknown_ones_are_grey() {
    let objects = "<ofd:ImageObject Boundary=\"10 10 20 20\" CTM=\"20 0 0 20 0 0\" ResourceID=\"5\"/>\
        <ofd:ImageObject Boundary=\"60 10 20 20\" CTM=\"20 0 0 20 0 0\" ResourceID=\"6\"/>";
    let media = "<ofd:MultiMedias><ofd:MultiMedia ID=\"5\" Type=\"Image\"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia>\
        <ofd:MultiMedia ID=\"6\" Type=\"Image\"><ofd:MediaFile>b.tif</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>";
    let more = vec![
        ("files/a.png", four_colours()),
        ("files/b.tif", b"II*\0".to_vec()),
    ];
    let picture = Picture::of(&ofd(objects, media, more, false), 1, None, "images");
    assert!(red(picture.at(12.0, 12.0)));
    assert_eq!(picture.at(28.0, 11.0)[1], 255, "green at the upper right");
    assert_eq!(picture.at(11.0, 28.0)[2], 255, "blue at the lower left");
    assert_eq!(picture.at(70.0, 20.0), [0xd0; 3]);
    assert_eq!(picture.at(35.0, 20.0), WHITE);
}

/// A seal signature around a picture; its signatures are none, which is not for a picture to say.
fn signed_value(kind: &str, picture: &[u8]) -> Vec<u8> {
    let ia5 = |text: &str| write::element(tag::IA5_STRING, text.as_bytes());
    let time = UnixTime(1_795_348_800).to_generalized_time();
    let certificate = write::octet_string(b"none");
    let info = write::sequence(&[
        &write::sequence(&[&ia5("ES"), &write::integer(4), &ia5("DEMO")]),
        &ia5("1"),
        &write::sequence(&[
            &write::integer(1),
            &write::utf8_string("演示"),
            &write::integer(1),
            &write::sequence(&[&certificate]),
            &time,
            &time,
            &time,
        ]),
        &write::sequence(&[
            &ia5(kind),
            &write::octet_string(picture),
            &write::integer(20),
            &write::integer(20),
        ]),
    ]);
    let algorithm = write::oid(&oid::SM2_SM3);
    let seal = write::sequence(&[&info, &certificate, &algorithm, &write::bit_string(b"none")]);
    let tbs = write::sequence(&[
        &write::integer(4),
        &seal,
        &time,
        &write::bit_string(&[0; 32]),
        &ia5("/x"),
    ]);
    write::sequence(&[&tbs, &certificate, &algorithm, &write::bit_string(b"none")])
}

fn stamped(kind: &str, picture: &[u8], stamps: &str) -> Vec<u8> {
    let list = format!(
        "<ofd:Signatures {NAMESPACE}><ofd:Signature ID=\"1\" BaseLoc=\"Signature.xml\"/></ofd:Signatures>"
    );
    let description = format!(
        "<ofd:Signature {NAMESPACE}><ofd:SignedInfo><ofd:References/>{stamps}</ofd:SignedInfo>\
         <ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    );
    let more = vec![
        ("Signatures.xml", list.into_bytes()),
        ("Signature.xml", description.into_bytes()),
        ("SignedValue.dat", signed_value(kind, picture)),
    ];
    let under = "<ofd:PathObject Boundary=\"0 20 100 2\" Fill=\"true\" Stroke=\"false\"><ofd:FillColor Value=\"0 0 0\"/>\
        <ofd:AbbreviatedData>M 0 0 L 100 0 L 100 2 L 0 2 C</ofd:AbbreviatedData></ofd:PathObject>";
    ofd(under, "", more, true)
}

#[test]
fn seals_show_cut_by_their_clip_and_text_shows_through_them() {
    let stamps = "<ofd:StampAnnot ID=\"2\" PageRef=\"1\" Boundary=\"10 10 20 20\"/>\
        <ofd:StampAnnot ID=\"3\" PageRef=\"1\" Boundary=\"60 10 20 20\" Clip=\"0 0 8 20\"/>\
        <ofd:StampAnnot ID=\"4\" PageRef=\"7\" Boundary=\"40 10 20 20\"/>";
    let picture = Picture::of(&stamped("PNG", &four_colours(), stamps), 1, None, "stamps");
    assert!(red(picture.at(12.0, 12.0)));
    assert!(
        dark(picture.at(28.0, 21.0)),
        "the line shows through the seal"
    );
    assert!(red(picture.at(62.0, 12.0)));
    assert_eq!(
        picture.at(70.0, 12.0),
        WHITE,
        "behind the clip nothing shows"
    );
    assert_eq!(
        picture.at(45.0, 12.0),
        WHITE,
        "a stamp of another page does not show"
    );
}

#[test]
fn a_seal_whose_picture_is_an_ofd_shows_and_one_of_another_kind_takes_its_place() {
    let square = "<ofd:PathObject Boundary=\"0 0 100 50\" Fill=\"true\" Stroke=\"false\"><ofd:FillColor Value=\"215 25 31\"/>\
        <ofd:AbbreviatedData>M 0 0 L 50 0 L 50 50 L 0 50 C</ofd:AbbreviatedData></ofd:PathObject>";
    let inner = ofd(square, "", vec![], false);
    let stamp = "<ofd:StampAnnot ID=\"2\" PageRef=\"1\" Boundary=\"10 5 40 20\"/>";
    let picture = Picture::of(&stamped("ofd", &inner, stamp), 1, None, "stamp-ofd");
    assert!(red(picture.at(20.0, 10.0)));
    assert_eq!(picture.at(40.0, 10.0), WHITE);
    let unknown = Picture::of(&stamped("GIF", b"GIF89a", stamp), 1, None, "stamp-unknown");
    assert!(red(unknown.at(10.1, 10.0)), "a frame");
    assert_eq!(unknown.at(20.0, 10.0), WHITE);
}

#[test]
fn what_cannot_be_shown_is_refused_and_costs_little() {
    assert!(matches!(
        OfdDocument::open(b"%PDF-1.7"),
        Err(PageError::Unreadable)
    ));
    let file = ofd("", "", vec![], false);
    let document = OfdDocument::open(&file).unwrap();
    assert_eq!(document.page_count(), 1);
    assert_eq!(document.size_mm(1), Ok((100.0, 50.0)));
    assert_eq!(document.png(2, 100, None), Err(PageError::NoSuchPage));
    assert_eq!(document.png(0, 100, None), Err(PageError::NoSuchPage));
    // Far away, endless, nested and nonsense: an answer, and quickly.
    let hostile = format!(
        "<ofd:PathObject Boundary=\"0 0 1 1\" LineWidth=\"0.01\" DashPattern=\"0.001 0.001\"><ofd:AbbreviatedData>M -99999 0 L 99999 9</ofd:AbbreviatedData></ofd:PathObject>\
         <ofd:PathObject Boundary=\"1e300 0 1 1\"/><ofd:PathObject Boundary=\"0 0 1 1\" CTM=\"1e30 0 0 1e30 0 0\"><ofd:AbbreviatedData>M 0 0 L 9 9</ofd:AbbreviatedData></ofd:PathObject>\
         <ofd:CompositeObject Boundary=\"0 0 9 9\" ResourceID=\"9\"/>\
         <ofd:TextObject Boundary=\"0 0 1 1\" Font=\"0\" Size=\"1\"><ofd:TextCode X=\"0\" Y=\"0\" DeltaX=\"g 99999999999 1\">x</ofd:TextCode></ofd:TextObject>{}",
        "<ofd:PathObject Boundary=\"0 0 1 1\"><ofd:Clips><ofd:Clip><ofd:Area><ofd:Path><ofd:AbbreviatedData>M 0 0 L 1 0 L 1 1 C</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip></ofd:Clips></ofd:PathObject>".repeat(2000)
    );
    let endless = "<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID=\"9\"><ofd:Content><ofd:CompositeObject Boundary=\"0 0 1 1\" ResourceID=\"9\"/>\
        <ofd:CompositeObject Boundary=\"0 0 1 1\" ResourceID=\"9\"/></ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>";
    let file = ofd(&hostile, endless, vec![], false);
    let started = std::time::Instant::now();
    assert!(OfdDocument::open(&file).unwrap().png(1, 2400, None).is_ok());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

fn corpora(name: &str) -> Option<Vec<u8>> {
    let Some(folder) = std::env::var_os("YINXIN_CORPORA") else {
        eprintln!("skipped: YINXIN_CORPORA is not set");
        return None;
    };
    match std::fs::read(PathBuf::from(folder).join("ofd").join(name)) {
        Ok(file) => Some(file),
        Err(error) => {
            eprintln!("skipped: {name}: {error}");
            None
        }
    }
}

#[test]
fn an_invoice_of_others_shows_its_table_its_text_its_code_and_its_seal() {
    let Ok(font) = SealFont::find(None) else {
        eprintln!("skipped: no CJK font is installed");
        return;
    };
    for name in ["v4signed.ofd", "signedFile.ofd"] {
        let Some(file) = corpora(name) else { return };
        let picture = Picture::of(&file, 1, Some(&font), name);
        // The code at the upper left, in black and white.
        let code = picture.part([8.5, 3.5, 20.0, 20.0], dark);
        assert!((0.2..0.7).contains(&code), "{name}: code {code}");
        // The seal over the title: 30 × 20 mm at 90, 8.
        let seal = picture.part([90.0, 8.0, 30.0, 20.0], red);
        assert!((0.03..0.6).contains(&seal), "{name}: seal {seal}");
        // The table's brown line across the page, and text above it.
        let brown = |p: [u8; 3]| p[0] > 110 && p[0] < 220 && p[2] < 130;
        assert!(
            picture.part([10.0, 29.5, 190.0, 1.0], brown) > 0.1,
            "{name}: line"
        );
        assert!(
            picture.part([36.0, 30.0, 80.0, 20.0], dark) > 0.01,
            "{name}: text"
        );
    }
}

#[test]
fn a_sealed_edge_of_others_shows_a_strip_on_every_page_and_nothing_else_of_the_seal() {
    let Some(file) = corpora("V4RideRight.ofd") else {
        return;
    };
    for page in 1..=5 {
        let picture = Picture::of(&file, page, None, &format!("edge-{page}"));
        let strip = picture.part([202.0, 40.0, 8.0, 40.0], |p| p != WHITE);
        assert!(strip > 0.02, "page {page}: {strip}");
    }
    for (name, width) in [("SESV4SignDoc.ofd", 40.0), ("h.ofd", 40.0)] {
        let Some(file) = corpora(name) else { return };
        let picture = Picture::of(&file, 1, None, name);
        let seal = picture.part([50.0, 50.0, width, 40.0], red);
        assert!(seal > 0.03, "{name}: {seal}");
    }
}
