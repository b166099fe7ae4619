//! Sealed OFD files and seals from elsewhere behave as their README says.

mod support;

use std::path::{Path, PathBuf};

use contract::{CheckResult, Report, Verdict};
use pki::path::TrustStore;
use pki::{Certificate, UnixTime};
use seal::ofd;
use seal::ses::{CertificateList, SesSeal, SesSignature, SesVersion, signature_algorithm};
use support::ofd::verify_at;
use support::{assert_invalid, assert_valid, corpora, failures};

fn folder() -> Option<PathBuf> {
    let folder = corpora()?.join("ofd");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

/// The signers and makers of a file's seals as anchors: their authorities did not come with them.
fn trust(file: &[u8]) -> (TrustStore, UnixTime) {
    let package = ofd::package::Package::open(file).expect("a strict package");
    let mut trust = TrustStore::default();
    let mut time = support::NOW;
    for entry in package.files().filter(|entry| entry.name.ends_with(".dat")) {
        let Ok(ses) = SesSignature::from_der(&package.read(&entry.name, u64::MAX).unwrap()) else {
            continue;
        };
        time = ses.claimed_time().expect("a claimed time");
        for der in [&ses.certificate, &ses.seal.maker_certificate] {
            trust.anchors.push(Certificate::from_der(der).unwrap());
        }
    }
    (trust, time)
}

fn report(folder: &Path, name: &str) -> Report {
    let file = read(folder, name);
    let (trust, time) = trust(&file);
    verify_at(&file, &trust, time)
}

/// Reasons that something is not known, in order.
fn unknown(report: &Report) -> Vec<&str> {
    report
        .signatures
        .iter()
        .flat_map(|signature| &signature.checks)
        .filter(|check| check.result == CheckResult::Indeterminate)
        .filter_map(|check| check.reason.as_deref())
        .collect()
}

#[test]
fn seals_of_others_are_valid_with_signer_and_maker_trusted() {
    let Some(folder) = folder() else { return };
    for name in ["v4signed.ofd", "V4RideRight.ofd"] {
        let report = report(&folder, name);
        assert_valid(&report);
        assert_eq!(report.signatures[0].format, "SES v4", "{name}");
    }
}

#[test]
fn a_maker_whose_certificate_begins_after_create_date_is_not_called_a_forger() {
    let Some(folder) = folder() else { return };
    let report = report(&folder, "signedFile.ofd");
    assert_eq!(failures(&report), []);
    assert_eq!(unknown(&report), ["maker_not_valid_at_creation"]);
}

#[test]
fn a_seal_used_after_its_end_by_the_signers_own_word_is_indeterminate() {
    let Some(folder) = folder() else { return };
    let report = report(&folder, "SESV4SignDoc.ofd");
    assert_eq!(failures(&report), []);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert!(unknown(&report).contains(&"seal_not_valid_when_used"));
}

#[test]
fn without_trust_no_seal_of_others_is_valid_and_none_is_called_manipulated() {
    let Some(folder) = folder() else { return };
    for name in [
        "v4signed.ofd",
        "signedFile.ofd",
        "SESV4SignDoc.ofd",
        "V4RideRight.ofd",
        "DigitalSign.ofd",
    ] {
        let report = verify_at(&read(&folder, name), &TrustStore::default(), support::NOW);
        assert_eq!(report.verdict, Verdict::Indeterminate, "{name}");
        assert_eq!(failures(&report), [], "{name}");
    }
}

#[test]
fn a_second_seal_that_changes_a_covered_list_breaks_the_first_alone() {
    let Some(folder) = folder() else { return };
    let report = report(&folder, "h.ofd");
    assert_invalid(&report, &["signature_list_changed"]);
    let verdicts: Vec<_> = report.signatures.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Invalid, Verdict::Valid]);
    assert_eq!(failures(&report).len(), 1);
}

#[test]
fn a_bare_signature_is_indeterminate_until_its_certificate_is_at_hand() {
    let Some(folder) = folder() else { return };
    let file = read(&folder, "DigitalSign.ofd");
    // 2020-04-22, when it was made.
    let then = UnixTime(1_587_541_364);
    let report = verify_at(&file, &TrustStore::default(), then);
    assert_eq!(unknown(&report), ["bare_signature_without_certificate"]);
    let seal = SesSeal::from_der(&read(&folder, "UserV4.esl")).unwrap();
    let CertificateList::Certificates(users) = seal.users else {
        panic!("certificates");
    };
    let known = TrustStore {
        anchors: vec![Certificate::from_der(&users[0]).unwrap()],
        ..TrustStore::default()
    };
    let report = verify_at(&file, &known, then);
    println!(
        "bare signature with the test user's certificate: {:?}",
        report.verdict
    );
    assert_eq!(failures(&report), []);
}

#[test]
fn seal_objects_of_each_version_read_and_hold() {
    let Some(folder) = folder() else { return };
    for (name, version) in [
        ("UserV1.esl", SesVersion::V1),
        ("UserV4.esl", SesVersion::V4),
        ("UserV5.esl", SesVersion::V5),
        ("UserV5_ts.esl", SesVersion::V5),
    ] {
        let der = read(&folder, name);
        let seal = SesSeal::from_der(&der).unwrap();
        assert_eq!(
            (seal.version, seal.der()),
            (version, der.as_slice()),
            "{name}"
        );
        assert_eq!((seal.picture.width_mm, seal.picture.height_mm), (40, 40));
        let maker = Certificate::from_der(&seal.maker_certificate).unwrap();
        let algorithm = signature_algorithm(&seal.algorithm).unwrap();
        maker
            .public_key()
            .verify(algorithm, seal.signed(), &seal.signature)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(seal.time_stamp.is_some(), name == "UserV5_ts.esl");
    }
}

#[test]
fn seal_signatures_of_each_version_read_and_hold() {
    let Some(folder) = folder() else { return };
    for (name, version) in [
        ("SignedValueV4.dat", SesVersion::V4),
        ("SignedValueV5.dat", SesVersion::V5),
    ] {
        let ses = SesSignature::from_der(&read(&folder, name)).unwrap();
        assert_eq!(
            (ses.version, ses.seal.version),
            (version, version),
            "{name}"
        );
        assert_eq!(ses.property, "/Doc_0/Signs/Sign_0/Signature.xml");
        let signer = Certificate::from_der(&ses.certificate).unwrap();
        let algorithm = signature_algorithm(&ses.algorithm).unwrap();
        signer
            .public_key()
            .verify(algorithm, ses.signed(), &ses.signature)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
