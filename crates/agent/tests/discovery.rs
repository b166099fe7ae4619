//! What is plugged in, as it is shown: a key that two libraries reach is one key, and a key of nobody known
//! comes with what its provider's file would need.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent::keyring::Keyring;
use catalogue::{Catalogue, UnknownProvider};
use contract::ErrorCode;
use pki::asn1::write;
use pki::{Certificate, KeyFamily, Name, Oid, Signer as _, SoftwareKey, UnixTime, oid};
use token::{
    ApplicationInfo, ContainerInfo, KeyKind, LibraryKind, Listing, PinEntry, PinLength, TokenInfo,
};

const NOW: UnixTime = UnixTime(1_800_000_000);

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

fn shipped() -> Arc<Catalogue> {
    Arc::new(Catalogue::load(&repository("catalogue")).unwrap())
}

fn extension(dotted: &str, text: &str) -> Vec<u8> {
    let value = write::octet_string(&write::utf8_string(text));
    write::sequence(&[&write::oid(&Oid::new(dotted).unwrap()), &value])
}

/// A certificate of a CA that no catalogue knows.
fn certificate(serial: u8, extensions: &[Vec<u8>]) -> Vec<u8> {
    let key = SoftwareKey::generate(KeyFamily::Sm2).unwrap();
    let name = |attributes: &[(Oid, &str)]| Name::from_attributes(attributes).unwrap();
    let issuer = name(&[
        (oid::ORGANIZATION, "某省\"新\"CA"),
        (oid::COMMON_NAME, "NEW CA, G2"),
    ]);
    let subject = name(&[
        (oid::ORGANIZATION, "样例公司"),
        (oid::COMMON_NAME, "041@0SF1@张三@00000001"),
    ]);
    let validity = write::sequence(&[
        &UnixTime(1_700_000_000).to_asn1(),
        &UnixTime(2_000_000_000).to_asn1(),
    ]);
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let body = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::unsigned_integer(&[0x51, 0x52, 0x53, serial]),
        &key.algorithm().identifier(),
        issuer.der(),
        &validity,
        subject.der(),
        key.public_key().spki_der(),
        &write::explicit(3, &write::sequence(&extensions)),
    ]);
    write::sequence(&[
        &body,
        &key.algorithm().identifier(),
        &write::bit_string(&key.sign(&body).unwrap()),
    ])
}

fn known_to_nobody(serial: u8) -> Vec<u8> {
    certificate(
        serial,
        &[
            extension("1.2.156.10260.4.1.4", "N91350200MA2XQ2K45R"),
            extension("1.2.156.999.7.1", "KEY-0001"),
            extension("1.2.156.10260.4.1.1", "350203199001011234"),
        ],
    )
}

fn token(library: &str, serial: &str, certificate: Option<&Vec<u8>>) -> TokenInfo {
    TokenInfo {
        library: PathBuf::from(library),
        kind: LibraryKind::Skf,
        hardware: true,
        device: format!("device of {library}"),
        label: "label".to_owned(),
        serial: serial.to_owned(),
        manufacturer: "maker".to_owned(),
        applications: vec![ApplicationInfo {
            name: "app".to_owned(),
            user_pin: None,
            admin_pin: None,
            pin_entry: PinEntry::Typed,
            pin_length: PinLength::default(),
        }],
        containers: certificate
            .into_iter()
            .map(|der| ContainerInfo {
                application: "app".to_owned(),
                name: "c".to_owned(),
                kind: Some(KeyKind::Sm2),
                signing_certificate: Some(der.clone()),
                encryption_certificate: None,
            })
            .collect(),
        trouble: None,
    }
}

const KNOWN: &str = "/x/libskf_soft.so";
const UNKNOWN: &str = "/x/libanother.so";

fn keyring(tokens: Vec<TokenInfo>) -> Keyring {
    let listing = Listing {
        tokens,
        failures: Vec::new(),
    };
    Keyring::of(&listing, &shipped(), NOW)
}

#[test]
fn one_key_behind_two_libraries_is_one_row_used_through_the_library_whose_ways_are_known() {
    let der = known_to_nobody(1);
    for order in [[KNOWN, UNKNOWN], [UNKNOWN, KNOWN]] {
        let tokens = order.map(|library| token(library, "ABC123", Some(&der)));
        let keyring = keyring(tokens.into());
        assert_eq!(keyring.keys.len(), 1);
        let row = &keyring.keys[0];
        assert_eq!(row.certificates.len(), 1);
        let files: Vec<&str> = row.libraries.iter().map(|name| &name.file[..]).collect();
        assert_eq!(files, ["libskf_soft.so", "libanother.so"]);
        assert!(row.libraries[0].name.is_some() && row.libraries[1].name.is_none());
        assert_eq!(keyring.places.len(), 1);
        assert_eq!(keyring.places[0].key.library, Path::new(KNOWN));
    }
}

#[test]
fn a_library_that_cannot_read_the_token_gives_way_to_one_that_can() {
    let der = known_to_nobody(1);
    let broken = TokenInfo {
        trouble: Some(token::TokenError::Busy),
        ..token(KNOWN, "ABC123", Some(&der))
    };
    let keyring = keyring(vec![broken, token(UNKNOWN, "ABC123", Some(&der))]);
    assert_eq!(keyring.keys.len(), 1);
    assert_eq!(keyring.places[0].key.library, Path::new(UNKNOWN));
}

#[test]
fn a_serial_number_that_pkcs11_cut_is_the_same_and_a_shorter_one_is_not() {
    let der = known_to_nobody(1);
    let long = "0123456789ABCDEF0123";
    for (serial, rows) in [
        ("0123456789abcdef", 1),
        ("0123456789ABCDEF0123  ", 1),
        ("", 1),
        ("0123456789", 2),
        ("1123456789ABCDEF", 2),
    ] {
        let module = TokenInfo {
            kind: LibraryKind::Pkcs11,
            ..token(UNKNOWN, serial, Some(&der))
        };
        let keyring = keyring(vec![token(KNOWN, long, Some(&der)), module]);
        assert_eq!(keyring.keys.len(), rows, "{serial:?}");
    }
}

#[test]
fn what_is_not_the_same_key_stays_two_rows() {
    let (first, second) = (known_to_nobody(1), known_to_nobody(2));
    let rows = |tokens: Vec<TokenInfo>| keyring(tokens).keys.len();
    // Other certificates under one serial number: two makers number their devices alike.
    let different = vec![
        token(KNOWN, "1", Some(&first)),
        token(UNKNOWN, "1", Some(&second)),
    ];
    assert_eq!(rows(different), 2);
    // One library lists two devices: it knows that they are two.
    let twice = vec![
        token(KNOWN, "1", Some(&first)),
        token(KNOWN, "1", Some(&first)),
    ];
    assert_eq!(rows(twice), 2);
    // A copy of the key in a file is not the device.
    let copy = TokenInfo {
        kind: LibraryKind::KeyFile,
        hardware: false,
        ..token("/x/copy.p12", "", Some(&first))
    };
    assert_eq!(rows(vec![token(KNOWN, "1", Some(&first)), copy]), 2);
    // Blank ones are one by serial number only.
    let blank = |library, serial| token(library, serial, None);
    assert_eq!(rows(vec![blank(KNOWN, "7"), blank(UNKNOWN, "7")]), 1);
    assert_eq!(rows(vec![blank(KNOWN, "7"), blank(UNKNOWN, "8")]), 2);
    assert_eq!(rows(vec![blank(KNOWN, ""), blank(UNKNOWN, "")]), 2);
}

#[test]
fn a_key_file_serves_no_site_until_its_user_says_so() {
    let der = known_to_nobody(1);
    let file = TokenInfo {
        kind: LibraryKind::KeyFile,
        hardware: false,
        ..token("/x/copy.p12", "", Some(&der))
    };
    let own = keyring(vec![file.clone()]);
    assert_ne!(own.keys[0].refused, Some(ErrorCode::KeyFileRefused));
    let for_sites = own.without_files();
    assert_eq!(for_sites.keys[0].refused, Some(ErrorCode::KeyFileRefused));
    let refused = for_sites.keys[0].certificates[0].refused;
    assert_eq!(refused, Some(ErrorCode::KeyFileRefused));
    // A device is no file, be it of software.
    let device = keyring(vec![token(KNOWN, "1", Some(&der))]).without_files();
    assert_eq!(device.keys[0].refused, None);
}

#[test]
fn a_key_of_an_unknown_provider_comes_with_a_file_that_makes_it_known() {
    let der = known_to_nobody(1);
    let keyring = keyring(vec![token(UNKNOWN, "ABC123", Some(&der))]);
    let row = &keyring.keys[0];
    assert_eq!(row.provider, None);
    let unknown = row
        .unknown
        .as_ref()
        .expect("it is said what would be needed");
    assert_eq!(unknown.issuer, "CN=NEW CA\\, G2,O=某省\\\"新\\\"CA");
    assert_eq!(
        (
            &unknown.candidates[0].name[..],
            &unknown.candidates[0].value[..]
        ),
        ("1.2.156.999.7.1", "KEY-0001")
    );
    // The holder's own numbers stay with the holder.
    assert!(
        !unknown.snippet.contains("350203199001011234"),
        "{}",
        unknown.snippet
    );
    assert!(!unknown.snippet.contains("KEY-0001"), "{}", unknown.snippet);

    // The file is one that the catalogue takes, beside all the others.
    let folder = tempfile::tempdir().unwrap();
    copy(&repository("catalogue"), folder.path());
    std::fs::write(folder.path().join("new-ca.toml"), &unknown.snippet).unwrap();
    let catalogue = Catalogue::load(folder.path())
        .unwrap_or_else(|error| panic!("{error}\n{}", unknown.snippet));
    let certificate = Certificate::from_der(&der).unwrap();
    let provider = catalogue.recognise(&certificate).expect("now it is known");
    assert_eq!(provider.id.as_str(), "new-ca");
    assert!(!provider.capabilities.bind && !provider.capabilities.login);
    let identity = catalogue::identity(provider, &certificate).unwrap();
    assert_eq!(identity.key_number, "KEY-0001");
    assert_eq!(identity.uscc.as_deref(), Some("91350200MA2XQ2K45R"));
    let module = catalogue.modules().of_library(Path::new(UNKNOWN)).unwrap();
    assert_eq!(module.id.as_str(), "new-ca-key");
    // Once it is known there is nothing to add.
    let listing = Listing {
        tokens: vec![token(UNKNOWN, "ABC123", Some(&der))],
        failures: Vec::new(),
    };
    let again = Keyring::of(&listing, &Arc::new(catalogue), NOW);
    assert_eq!(again.keys[0].unknown, None);
    assert_eq!(again.keys[0].key_number.as_deref(), Some("KEY-0001"));
}

#[test]
fn a_certificate_that_says_nothing_of_a_number_falls_back_to_issuer_and_serial() {
    let bare = Certificate::from_der(&certificate(3, &[extension("2.5.29.32.99", "x")])).unwrap();
    let catalogue = shipped();
    let unknown = UnknownProvider::of(&bare, Path::new(KNOWN), catalogue.modules());
    // Its CN holds digits, and is offered; nothing else is.
    assert_eq!(unknown.candidates.len(), 1);
    assert!(
        unknown
            .snippet
            .contains("key_number = { subject = \"CN\" }")
    );
    // The library is known: no module is proposed for it.
    assert!(!unknown.snippet.contains("[[modules]]"));
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
