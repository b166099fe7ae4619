//! Sealed OFD files and seals from elsewhere behave as their README says.

mod support;

use std::path::PathBuf;

use contract::{Layer, Report, Verdict};
use pki::path::TrustStore;
use pki::{Certificate, UnixTime};
use seal::ofd;
use seal::ses::{SesSeal, SesSignature, SesVersion};
use support::ofd::verify_at;
use support::{corpora, failures};

fn folder() -> Option<PathBuf> {
    let folder = corpora()?.join("ofd");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// The signers and makers of a file's seals as anchors: their authorities did not come with them.
fn trust(file: &[u8]) -> (TrustStore, Option<UnixTime>) {
    let package = ofd::package::Package::open(file).expect("a strict package");
    let mut trust = TrustStore::default();
    let mut time = None;
    for entry in package.files().filter(|entry| entry.name.ends_with(".dat")) {
        let Ok(ses) = SesSignature::from_der(&package.read(&entry.name, u64::MAX).unwrap()) else {
            continue;
        };
        time = ses.claimed_time();
        for der in [&ses.certificate, &ses.seal.maker_certificate] {
            trust.anchors.push(Certificate::from_der(der).unwrap());
        }
    }
    (trust, time)
}

fn report(folder: &std::path::Path, name: &str) -> Report {
    let file = std::fs::read(folder.join(name)).unwrap();
    let (trust, time) = trust(&file);
    verify_at(&file, &trust, time.unwrap_or(support::NOW))
}

#[test]
fn seals_of_others_verify_with_their_signers_trusted() {
    let Some(folder) = folder() else { return };
    for name in [
        "v4signed.ofd",
        "signedFile.ofd",
        "SESV4SignDoc.ofd",
        "V4RideRight.ofd",
    ] {
        let report = report(&folder, name);
        println!("{name}: {:?} {:?}", report.verdict, failures(&report));
        println!(
            "{}",
            serde_json::to_string_pretty(&report.signatures).unwrap()
        );
    }
}

#[test]
fn a_second_seal_that_changes_a_covered_list_breaks_the_first() {
    let Some(folder) = folder() else { return };
    let report = report(&folder, "h.ofd");
    println!("{}", serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn a_bare_signature_is_indeterminate_until_its_certificate_is_at_hand() {
    let Some(folder) = folder() else { return };
    let file = std::fs::read(folder.join("DigitalSign.ofd")).unwrap();
    let report = verify_at(&file, &TrustStore::default(), support::NOW);
    println!("{}", serde_json::to_string_pretty(&report).unwrap());
    let seal = SesSeal::from_der(&std::fs::read(folder.join("UserV4.esl")).unwrap()).unwrap();
    println!("{:?} {:?}", seal.version, seal.users);
    let _ = (SesVersion::V1, Layer::Seal, Verdict::Valid);
}
