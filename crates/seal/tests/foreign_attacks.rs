//! Manipulated files from elsewhere: none may be valid, each fails for the reason of its class,
//! with its signer trusted and its format accepted; the intact revision inside is valid.

mod support;

use std::path::Path;

use pki::path::TrustStore;
use pki::{Certificate, UnixTime};
use support::{assert_invalid, assert_valid, corpora, verify_at};

/// 2018-08-10: soon after the files were signed, while their certificates were valid.
const THEN: UnixTime = UnixTime(1_533_859_200);

/// Reasons that name the class of an attack, by the beginning of the file's name.
const CLASSES: [(&str, &[&str]); 5] = [
    (
        "isa",
        &[
            "bytes_after_signature",
            "page_tree_changed",
            "page_content_changed",
            "catalog_changed",
            "bytes_of_no_object",
        ],
    ),
    ("siwa", &["byte_range_gap"]),
    ("swa", &["byte_range_gap"]),
    ("usf_12", &["byte_range_missing"]),
    (
        "usf",
        &[
            "contents_empty",
            "contents_missing",
            "byte_range_missing",
            "byte_range_malformed",
            "byte_range_bounds",
            "cms_malformed",
        ],
    ),
];

fn read(path: &Path) -> (String, Vec<u8>) {
    (
        path.file_name().unwrap().to_string_lossy().into_owned(),
        std::fs::read(path).unwrap(),
    )
}

fn find(file: &[u8], word: &[u8]) -> Option<usize> {
    file.windows(word.len()).position(|window| window == word)
}

/// Every certificate inside the first long hexadecimal string, whatever is around it.
fn certificates(file: &[u8]) -> Vec<Certificate> {
    let Some(at) = find(file, b"/Contents <30") else {
        return Vec::new();
    };
    let digits: Vec<u8> = file[at + 11..]
        .iter()
        .copied()
        .take_while(u8::is_ascii_hexdigit)
        .collect();
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let elements = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, head)| head[..2] == [0x30, 0x82]);
    elements
        .filter_map(|(at, head)| {
            Certificate::from_der(
                bytes.get(at..at + 4 + usize::from(head[2]) * 256 + usize::from(head[3]))?,
            )
            .ok()
        })
        .collect()
}

/// What the first `/ByteRange` says is signed, where the file has that many bytes.
fn signed_end(file: &[u8]) -> Option<usize> {
    let at = find(file, b"/ByteRange [")? + 12;
    let numbers = std::str::from_utf8(&file[at..at + 60]).ok()?;
    let numbers: Vec<usize> = numbers
        .split(']')
        .next()?
        .split_whitespace()
        .map_while(|number| number.parse().ok())
        .collect();
    let &[0, first, second, last] = numbers.as_slice() else {
        return None;
    };
    (file.get(first) == Some(&b'<') && file.get(second.checked_sub(1)?) == Some(&b'>'))
        .then_some(second + last)
}

#[test]
fn no_manipulated_file_is_valid_and_each_intact_revision_is() {
    let Some(corpora) = corpora() else { return };
    let mut paths: Vec<_> = std::fs::read_dir(corpora.join("pdf-attacks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let files: Vec<_> = paths.iter().map(|path| read(path)).collect();
    assert!(files.len() >= 12);
    let anchors: Vec<Certificate> = files
        .iter()
        .flat_map(|(_, file)| certificates(file))
        .collect();
    let trust = TrustStore {
        anchors,
        ..TrustStore::default()
    };
    let mut twins = 0;
    for (name, file) in &files {
        println!("{name}");
        let (_, words) = CLASSES
            .iter()
            .find(|(class, _)| name.starts_with(class))
            .expect("a known class");
        assert_invalid(&verify_at(file, &trust, THEN), words);
        // An incremental saving attack leaves what was signed as it was.
        if name.starts_with("isa") {
            let end = signed_end(file).expect("an intact signature");
            assert_valid(&verify_at(&file[..end], &trust, THEN));
            twins += 1;
        }
    }
    assert!(twins >= 5);
}
