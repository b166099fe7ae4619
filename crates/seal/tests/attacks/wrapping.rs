//! Signature wrapping: the signed bytes stay, moved to where readers do not look.

use super::Sealed;
use super::support::files;

fn byte_range(file: &[u8]) -> (usize, [usize; 4]) {
    let word = b"/ByteRange [";
    let at = file
        .windows(word.len())
        .position(|window| window == word)
        .unwrap();
    let text = std::str::from_utf8(&file[at + word.len()..at + 60]).unwrap();
    let numbers: Vec<usize> = text
        .split(']')
        .next()
        .unwrap()
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    (at, numbers.try_into().unwrap())
}

/// Moves the second signed part behind foreign bytes and says so in `/ByteRange`.
fn wrapped(file: &[u8], foreign: &[u8]) -> Vec<u8> {
    let (at, [_, first, second, last]) = byte_range(file);
    let moved = second + foreign.len();
    let mut out = [&file[..second], foreign, &file[second..]].concat();
    let text = format!("/ByteRange [0 {first} {moved} {last}]");
    let room = "/ByteRange ".len() + "[0 0000000000 0000000000 0000000000]".len();
    out[at..at + room].fill(b' ');
    out[at..at + text.len()].copy_from_slice(text.as_bytes());
    out
}

#[test]
fn foreign_bytes_in_the_gap_are_seen() {
    let sealed = Sealed::text();
    let foreign = b" /X (";
    sealed.refuses(&wrapped(&sealed.file, foreign), &["byte_range_gap"]);
    let structure = format!("\nendobj\n6 0 obj\n{}\nendobj\n", super::content("Forged"));
    sealed.refuses(
        &wrapped(&sealed.file, structure.as_bytes()),
        &["byte_range_gap"],
    );
    // A whole revision in the gap, so that the last startxref leads to it and not to what was signed.
    let shift = sealed.file.len();
    sealed.refuses(
        &[
            wrapped(&sealed.file, structure.as_bytes()),
            format!("startxref\n{shift}\n%%EOF\n").into_bytes(),
        ]
        .concat(),
        &[],
    );
}

#[test]
fn a_gap_wider_or_narrower_than_contents_is_seen() {
    let sealed = Sealed::text();
    let (_, [_, first, second, last]) = byte_range(&sealed.file);
    let old = format!("[0 {first} {second} {last}]");
    for (a, b, c) in [
        (first - 1, second, last),
        (first, second + 1, last - 1),
        (first + 1, second - 1, last),
        (first, second, last - 2),
    ] {
        let new = format!("[0 {a} {b} {c}]");
        if new.len() == old.len() {
            sealed.refuses(
                &files::replaced(&sealed.file, old.as_bytes(), new.as_bytes()),
                &["byte_range_gap", "byte_range_end"],
            );
        }
    }
}

#[test]
fn a_second_byte_range_or_contents_is_refused() {
    let sealed = Sealed::text();
    for key in ["/ByteRange [0 1 2 3]", "/Contents <00>"] {
        // The room that /Name leaves is taken for the second key.
        let at = sealed
            .file
            .windows(6)
            .position(|window| window == b"/Name ")
            .unwrap();
        let mut file = sealed.file.clone();
        let end = at + file[at..].iter().position(|byte| *byte == b'\n').unwrap();
        assert!(end - at >= key.len());
        file[at..end].fill(b' ');
        file[at..at + key.len()].copy_from_slice(key.as_bytes());
        sealed.refuses(&file, &[]);
    }
}

#[test]
fn another_files_signature_does_not_fit() {
    let one = Sealed::text();
    let (_, [_, first, second, _]) = byte_range(&one.file);
    let mut objects = files::objects();
    objects.insert(
        6,
        files::stream("", b"BT /F1 24 Tf 72 700 Td (Contract: pay 999) Tj ET"),
    );
    let forged = super::support::seal(
        &files::file_of(&objects, files::Xref::Table),
        &one.signer,
        super::Seal::default(),
    );
    assert_eq!(byte_range(&forged).1[1], first);
    let mut file = forged;
    file[first..second].copy_from_slice(&one.file[first..second]);
    one.refuses(&file, &["message_digest"]);
}
