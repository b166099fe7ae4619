//! Small PDF files, written byte by byte so that every form of structure can be had.

use std::collections::BTreeMap;

/// Objects of one revision, by number; a body is what stands between `obj` and `endobj`.
pub type Objects = BTreeMap<u32, Vec<u8>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Xref {
    Table,
    Stream,
    /// A cross-reference stream, and all but streams inside an object stream.
    ObjectStream,
    /// A table that hides objects which a stream beside it shows.
    Hybrid,
}

/// The three fields of a cross-reference entry.
type Row = (u8, u64, u64);

pub fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut body = format!("<<{dictionary} /Length {}>>\nstream\n", data.len()).into_bytes();
    body.extend_from_slice(data);
    body.extend_from_slice(b"\nendstream");
    body
}

/// Two pages with text, the second turned.
pub fn objects() -> Objects {
    let text = |words: &str| {
        stream(
            "",
            format!("BT /F1 24 Tf 72 700 Td ({words}) Tj ET").as_bytes(),
        )
    };
    let page = |contents: u32, more: &str| {
        format!("<</Type/Page/Parent 2 0 R/Contents {contents} 0 R/Resources<</Font<</F1 5 0 R>>>>{more}>>").into_bytes()
    };
    BTreeMap::from([
        (1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec()),
        (
            2,
            b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 595 842]>>".to_vec(),
        ),
        (3, page(6, "")),
        (4, page(7, "/Rotate 90")),
        (
            5,
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
        ),
        (6, text("Contract: pay 100")),
        (7, text("Second page")),
    ])
}

pub fn file(xref: Xref) -> Vec<u8> {
    file_of(&objects(), xref)
}

pub fn file_of(objects: &Objects, xref: Xref) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    append(&mut out, objects, xref, None, "/Root 1 0 R");
    out
}

/// A file with a form that has a text field (with its own font and picture) on page 1.
pub fn form_objects() -> Objects {
    let mut objects = objects();
    objects.insert(1, b"<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R>>".to_vec());
    objects.insert(
        8,
        b"<</Fields 9 0 R/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf)>>".to_vec(),
    );
    objects.insert(9, b"[10 0 R]".to_vec());
    objects.insert(10, b"<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/V(100)/P 3 0 R/Rect[72 500 200 520]/AP<</N 11 0 R>>>>".to_vec());
    objects.insert(
        11,
        stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 128 20]",
            b"BT /F1 12 Tf (100) Tj ET",
        ),
    );
    objects.insert(12, b"[10 0 R]".to_vec());
    let page = String::from_utf8(objects[&3].clone())
        .unwrap()
        .replace("/Contents", "/Annots 12 0 R/Contents");
    objects.insert(3, page.into_bytes());
    objects
}

/// Appends one revision. Returns the offset of its cross-reference section.
pub fn append(
    out: &mut Vec<u8>,
    objects: &Objects,
    xref: Xref,
    previous: Option<usize>,
    trailer: &str,
) -> usize {
    let compressed = |body: &[u8]| {
        matches!(xref, Xref::ObjectStream | Xref::Hybrid)
            && !body.windows(6).any(|word| word == b"stream")
            && body.starts_with(b"<</Type/Font")
    };
    let all_compressed =
        |body: &[u8]| xref == Xref::ObjectStream && !body.windows(6).any(|word| word == b"stream");
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    let mut packed: Vec<(u32, &[u8])> = Vec::new();
    for (number, body) in objects {
        if compressed(body) || all_compressed(body) {
            packed.push((*number, body));
            continue;
        }
        rows.insert(*number, (1, out.len() as u64, 0));
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\nendobj\n");
    }
    let mut next = objects
        .keys()
        .max()
        .copied()
        .unwrap_or(0)
        .max(if previous.is_some() { 90 } else { 30 })
        + 1;
    if !packed.is_empty() {
        let mut head = String::new();
        let mut data = Vec::new();
        for (index, (number, body)) in packed.iter().enumerate() {
            head += &format!("{number} {} ", data.len());
            data.extend_from_slice(body);
            data.push(b' ');
            rows.insert(*number, (2, u64::from(next), index as u64));
        }
        rows.insert(next, (1, out.len() as u64, 0));
        let content = [head.as_bytes(), &data].concat();
        let container = stream(
            &format!("/Type/ObjStm/N {} /First {}", packed.len(), head.len()),
            &content,
        );
        out.extend_from_slice(format!("{next} 0 obj\n").as_bytes());
        out.extend_from_slice(&container);
        out.extend_from_slice(b"\nendobj\n");
        next += 1;
    }
    let prev = previous
        .map(|offset| format!("/Prev {offset}"))
        .unwrap_or_default();
    let size = next + 1;
    let start = match xref {
        Xref::Table => {
            let start = out.len();
            write_table(out, &rows, previous.is_none());
            out.extend_from_slice(format!("trailer\n<<{trailer}/Size {size}{prev}>>\n").as_bytes());
            start
        }
        Xref::Hybrid => {
            let stream_at = out.len();
            let hidden: BTreeMap<_, _> = rows
                .iter()
                .filter(|(_, row)| row.0 == 2)
                .map(|(number, row)| (*number, *row))
                .collect();
            write_stream(out, next, &hidden, size, "");
            let start = out.len();
            let shown: BTreeMap<_, _> = rows
                .iter()
                .filter(|(_, row)| row.0 == 1)
                .map(|(number, row)| (*number, *row))
                .collect();
            write_table(out, &shown, previous.is_none());
            out.extend_from_slice(
                format!("trailer\n<<{trailer}/Size {size}/XRefStm {stream_at}{prev}>>\n")
                    .as_bytes(),
            );
            start
        }
        Xref::Stream | Xref::ObjectStream => {
            let start = out.len();
            rows.insert(next, (1, start as u64, 0));
            write_stream(out, next, &rows, size, &format!("{trailer}{prev}"));
            start
        }
    };
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    start
}

fn runs(rows: &BTreeMap<u32, Row>) -> Vec<Vec<(u32, Row)>> {
    let rows: Vec<_> = rows.iter().map(|(number, row)| (*number, *row)).collect();
    rows.chunk_by(|one, next| one.0 + 1 == next.0)
        .map(<[_]>::to_vec)
        .collect()
}

fn write_table(out: &mut Vec<u8>, rows: &BTreeMap<u32, Row>, first: bool) {
    out.extend_from_slice(b"xref\n");
    if first {
        out.extend_from_slice(b"0 1\n0000000000 65535 f \n");
    }
    for run in runs(rows) {
        out.extend_from_slice(format!("{} {}\n", run[0].0, run.len()).as_bytes());
        for (_, (_, offset, _)) in run {
            out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
    }
}

fn write_stream(out: &mut Vec<u8>, number: u32, rows: &BTreeMap<u32, Row>, size: u32, more: &str) {
    let mut index = String::new();
    let mut data = Vec::new();
    for run in runs(rows) {
        index += &format!("{} {} ", run[0].0, run.len());
        for (_, (kind, second, third)) in run {
            data.push(kind);
            data.extend_from_slice(&(second as u32).to_be_bytes());
            data.extend_from_slice(&(third as u16).to_be_bytes());
        }
    }
    let body = stream(
        &format!("/Type/XRef/Size {size}/W[1 4 2]/Index[{index}]{more}"),
        &data,
    );
    out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    out.extend_from_slice(&body);
    out.extend_from_slice(b"\nendobj\n");
}

/// The offset that the last `startxref` names.
pub fn last_startxref(file: &[u8]) -> usize {
    let at = file
        .windows(9)
        .rposition(|word| word == b"startxref")
        .expect("startxref");
    let text = std::str::from_utf8(&file[at + 9..]).expect("ASCII");
    text.split_whitespace()
        .next()
        .expect("a number")
        .parse()
        .expect("a number")
}

/// Appends an honest-looking revision to a finished file.
pub fn appended(file: &[u8], objects: &Objects, xref: Xref) -> Vec<u8> {
    let mut out = file.to_vec();
    let previous = last_startxref(file);
    append(&mut out, objects, xref, Some(previous), "/Root 1 0 R");
    out
}

/// Replaces the first occurrence; both have the same length where offsets must hold.
pub fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file
        .windows(from.len())
        .position(|window| window == from)
        .expect("what is to be replaced");
    [&file[..at], to, &file[at + from.len()..]].concat()
}

/// The body of the newest object with this number, as it stands in the file.
pub fn body_of(file: &[u8], number: u32) -> String {
    let head = format!("\n{number} 0 obj\n");
    let at = file
        .windows(head.len())
        .rposition(|window| window == head.as_bytes())
        .expect("the object")
        + head.len();
    let end = file[at..]
        .windows(6)
        .position(|word| word == b"endobj")
        .expect("endobj");
    String::from_utf8_lossy(&file[at..at + end])
        .trim_end()
        .to_owned()
}
