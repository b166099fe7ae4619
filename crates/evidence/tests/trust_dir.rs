//! A trust directory holds anchors, intermediates and lists, told apart by what they are.

use std::fs;

use evidence::{TrustDirError, load_trust_dir};
use pki::ocsp::{ResponseStatus, unsuccessful};

const ROOT: &[u8] = include_bytes!("fixtures/root.pem");
const LEAF: &[u8] = include_bytes!("fixtures/leaf.cer");
const LIST: &[u8] = include_bytes!("fixtures/one.crl");

#[test]
fn files_are_read_by_ending_and_content() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("root.pem"), ROOT).unwrap();
    fs::write(folder.path().join("signer.cer"), LEAF).unwrap();
    fs::write(folder.path().join("one.crl"), LIST).unwrap();
    fs::write(
        folder.path().join("one.ocsp"),
        unsuccessful(ResponseStatus::TryLater),
    )
    .unwrap();
    fs::write(folder.path().join("notes.txt"), b"ignored").unwrap();
    let found = load_trust_dir(folder.path()).unwrap();
    let names: Vec<String> = found
        .store
        .anchors
        .iter()
        .map(|anchor| anchor.subject().rfc4514())
        .collect();
    assert_eq!(
        names,
        [
            "CN=Root,O=Evidence Test,C=CN",
            "CN=Leaf,O=Evidence Test,C=CN"
        ]
    );
    assert!(found.store.intermediates.is_empty());
    assert_eq!(found.store.crls.len(), 1);
    // A responder that does not answer is read, and is no evidence.
    assert!(found.store.responses.is_empty());
}

#[test]
fn a_file_that_is_not_what_its_ending_says_is_an_error() {
    for (name, bytes) in [
        ("a.pem", &b"-----BEGIN CERTIFICATE-----\nAA"[..]),
        ("a.cer", b"x"),
        ("a.crl", LEAF),
        ("a.ocsp", LEAF),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        let error = load_trust_dir(folder.path()).unwrap_err();
        assert!(
            matches!(error, TrustDirError::Malformed { .. }),
            "{name}: {error}"
        );
    }
    assert!(matches!(
        load_trust_dir("/nonexistent".as_ref()),
        Err(TrustDirError::Read { .. })
    ));
}
