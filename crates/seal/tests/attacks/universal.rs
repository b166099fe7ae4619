//! Universal signature forgery: the signature's own parts are emptied, removed or made absurd; and
//! a CMS that is not what it must be.

use pki::KeyFamily;
use pki::asn1::{tag, write};

use super::support::files::{self, Xref, replaced};
use super::support::{
    Seal, TestSigner, assert_invalid, assert_valid, cms_for, picture, seal, spec, trusting, verify,
};
use super::{Sealed, SubFilter, pdf};

fn contents_of(file: &[u8]) -> (usize, usize) {
    let start = file
        .windows(11)
        .position(|window| window == b"/Contents <")
        .unwrap()
        + 10;
    let end = start + file[start..].iter().position(|byte| *byte == b'>').unwrap() + 1;
    (start, end)
}

/// Puts `value` in the place of `/Contents`, the rest filled with blanks.
fn with_contents(file: &[u8], value: &str) -> Vec<u8> {
    let (start, end) = contents_of(file);
    let mut out = file.to_vec();
    out[start..end].fill(b' ');
    out[start..start + value.len()].copy_from_slice(value.as_bytes());
    out
}

#[test]
fn emptied_contents_are_refused() {
    let sealed = Sealed::text();
    for (value, words) in [
        ("<>", &["contents_empty"][..]),
        ("null", &["contents_missing"]),
        ("<00>", &["byte_range_gap", "contents_empty"]),
        ("(text)", &["contents_not_hexadecimal"]),
        ("[<00>]", &["contents_not_hexadecimal"]),
        ("0", &["contents_not_hexadecimal"]),
        ("6 0 R", &["contents_not_hexadecimal"]),
        ("<0g>", &[]),
    ] {
        sealed.refuses(&with_contents(&sealed.file, value), words);
    }
    sealed.refuses(
        &replaced(&sealed.file, b"/Contents <", b"/Contentz <"),
        &["contents_missing"],
    );
    let (start, end) = contents_of(&sealed.file);
    let mut zeros = sealed.file.clone();
    zeros[start + 1..end - 1].fill(b'0');
    sealed.refuses(&zeros, &["contents_empty"]);
    let mut blank = sealed.file.clone();
    blank[end - 2] = b' ';
    sealed.refuses(&blank, &["contents_not_hexadecimal"]);
}

#[test]
fn absurd_byte_ranges_are_refused() {
    let sealed = Sealed::text();
    let at = sealed
        .file
        .windows(11)
        .position(|window| window == b"/ByteRange ")
        .unwrap()
        + 11;
    let end = at
        + sealed.file[at..]
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap();
    let word = |value: &str| {
        let mut file = sealed.file.clone();
        file[at..end].fill(b' ');
        file[at..at + value.len()].copy_from_slice(value.as_bytes());
        file
    };
    for (value, words) in [
        ("null", &["byte_range_missing"][..]),
        ("[]", &["byte_range_malformed"]),
        ("[0 1 2]", &["byte_range_malformed"]),
        ("[0 1 2 3 4 5]", &["byte_range_malformed"]),
        ("[0 -1 2 3]", &["byte_range_malformed"]),
        ("[0.0 1 2 3]", &["byte_range_malformed"]),
        ("[0 0 0 0]", &["byte_range_bounds"]),
        ("[1 100 2000 3]", &["byte_range_bounds"]),
        ("[0 100 50 100]", &["byte_range_bounds"]),
        ("[0 100 200 99999999]", &["byte_range_bounds"]),
        ("[0 100 200 9223372036854775807]", &["byte_range_bounds"]),
        ("[0 99999999999999999999 2 3]", &[]),
        ("(text)", &["byte_range_malformed"]),
        ("[0 1 2 6 0 R]", &["byte_range_malformed"]),
    ] {
        sealed.refuses(&word(value), words);
    }
    sealed.refuses(
        &replaced(&sealed.file, b"/ByteRange ", b"/ByteRangf "),
        &["byte_range_missing"],
    );
}

#[test]
fn a_missing_signature_dictionary_is_refused() {
    let sealed = Sealed::text();
    sealed.refuses(&replaced(&sealed.file, b"/V 32 0 R", b"/V 99 0 R"), &[]);
    sealed.refuses(&replaced(&sealed.file, b"/V 32 0 R", b"/V 33 0 R"), &[]);
    sealed.refuses(&replaced(&sealed.file, b"/V 32 0 R", b"/V (x)   "), &[]);
}

/// A prepared file and what stands in it until the CMS comes.
fn with_cms(family: KeyFamily, change: impl Fn(Vec<u8>) -> Vec<u8>) -> (TestSigner, Vec<u8>) {
    let signer = TestSigner::new(family);
    let original = files::file(Xref::Table);
    let picture = picture();
    let place = Seal::default();
    let prepared = pdf::prepare(
        &original,
        &spec(&place, &picture, SubFilter::for_family(family)),
    )
    .unwrap();
    let cms = change(cms_for(&original, &prepared.tail, &signer, vec![]));
    let tail = pdf::complete(&prepared.tail, original.len() as u64, &cms).unwrap();
    (signer, [original, tail].concat())
}

#[test]
fn bytes_behind_the_cms_are_refused() {
    let (signer, file) = with_cms(KeyFamily::P256, |cms| cms);
    assert_valid(&verify(&file, &trusting(&[&signer])));
    let (signer, file) = with_cms(KeyFamily::P256, |cms| [cms, vec![0, 0, 1]].concat());
    assert_invalid(
        &verify(&file, &trusting(&[&signer])),
        &["contents_trailing_bytes"],
    );
    let (signer, file) = with_cms(KeyFamily::P256, |cms| cms[..cms.len() - 1].to_vec());
    assert_invalid(&verify(&file, &trusting(&[&signer])), &[]);
    let (signer, file) = with_cms(KeyFamily::P256, |_| vec![0x30, 0x00]);
    assert_invalid(&verify(&file, &trusting(&[&signer])), &["cms_malformed"]);
}

/// Gives the outermost element an indefinite length.
fn indefinite(cms: &[u8]) -> Vec<u8> {
    let head = 2 + usize::from(cms[1] & 0x7f);
    [&[0x30, 0x80], &cms[head..], &[0, 0]].concat()
}

#[test]
fn indefinite_lengths_are_for_the_older_format_only() {
    let (signer, file) = with_cms(KeyFamily::P256, |cms| indefinite(&cms));
    assert_invalid(&verify(&file, &trusting(&[&signer])), &["cms_not_der"]);
    let (signer, file) = with_cms(KeyFamily::Sm2, |cms| indefinite(&cms));
    assert_valid(&verify(&file, &trusting(&[&signer])));
    let (signer, file) = with_cms(KeyFamily::Sm2, |cms| indefinite(&cms)[..40].to_vec());
    assert_invalid(&verify(&file, &trusting(&[&signer])), &["cms_malformed"]);
}

#[test]
fn a_cms_without_signer_or_with_content_of_its_own_is_refused() {
    // A SignedData with no signer at all: OpenSSL's "certs only".
    let empty = |family: pki::cms::OidFamily| {
        let algorithms = write::element(tag::SET, &[]);
        let content = write::sequence(&[&write::oid(&family.data())]);
        let signers = write::element(tag::SET, &[]);
        let data = write::sequence(&[&write::integer(1), &algorithms, &content, &signers]);
        write::sequence(&[
            &write::oid(&family.signed_data()),
            &write::explicit(0, &data),
        ])
    };
    let (signer, file) = with_cms(KeyFamily::P256, |_| empty(pki::cms::OidFamily::Pkcs7));
    assert_invalid(&verify(&file, &trusting(&[&signer])), &["not_one_signer"]);
}

#[test]
fn an_unknown_format_is_reported_and_never_valid() {
    let sealed = Sealed::text();
    let file = replaced(
        &sealed.file,
        b"/ETSI.CAdES.detached",
        b"/adbe.x509.rsa.sha1 ",
    );
    let report = verify(&file, &trusting(&[&sealed.signer]));
    assert_ne!(report.verdict, contract::Verdict::Valid);
    let words: Vec<_> = report.signatures[0]
        .checks
        .iter()
        .filter_map(|check| check.reason.as_deref())
        .collect();
    assert!(words.contains(&"format_unsupported"), "{words:?}");
}

#[test]
fn no_flip_inside_the_signed_bytes_stays_valid() {
    let signer = TestSigner::new(KeyFamily::P256);
    let file = seal(&files::file(Xref::Table), &signer, Seal::default());
    let trusted = trusting(&[&signer]);
    let (start, end) = contents_of(&file);
    for at in 0..file.len() {
        if (start..end).contains(&at) && at % 97 != 0 {
            continue;
        }
        let mut flipped = file.clone();
        flipped[at] ^= 1 << (at % 8);
        let report = verify(&flipped, &trusted);
        // In /Contents only the CMS itself says what is signed: an embedded certificate is not.
        let signed = !(start..end).contains(&at);
        assert!(
            !signed || report.verdict != contract::Verdict::Valid,
            "byte {at} of {}",
            file.len()
        );
    }
}
