//! A file of 300 MB is sealed and verified with less than 64 MB beside its bytes.

mod support;

use std::sync::Arc;

use pki::{HashAlgorithm, KeyFamily};
use seal::pdf::{self, Policy, SubFilter, VerifyOptions, tail};
use support::files::{self, Objects, Xref};
use support::{NOW, Seal, TestSigner, assert_valid, cms_for, picture, spec, trusting};

const LIMIT_KIB: u64 = 64 << 10;

/// A value of `/proc/self/status` in KiB (proc(5)).
fn status(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .expect("the key");
    line.split_whitespace()
        .next()
        .and_then(|value| value.parse().ok())
        .expect("a number")
}

/// How far the resident memory rose above where it was, in KiB.
fn rise<T>(work: impl FnOnce() -> T) -> (u64, T) {
    // Writing 5 sets the peak to what is resident now.
    std::fs::write("/proc/self/clear_refs", "5").expect("procfs");
    let before = status("VmRSS:");
    let done = work();
    (status("VmHWM:").saturating_sub(before), done)
}

fn scans() -> Vec<u8> {
    let mut objects = Objects::new();
    let mut kids = String::new();
    objects.insert(1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec());
    for page in 0..400u32 {
        let (own, contents) = (3 + page * 2, 4 + page * 2);
        kids += &format!("{own} 0 R ");
        objects.insert(
            own,
            format!("<</Type/Page/Parent 2 0 R/Contents {contents} 0 R/Resources<<>>>>")
                .into_bytes(),
        );
        objects.insert(contents, files::stream("", &vec![b'%'; 786_000]));
    }
    objects.insert(
        2,
        format!("<</Type/Pages/Kids[{kids}]/Count 400/MediaBox[0 0 595 842]>>").into_bytes(),
    );
    files::file_of(&objects, Xref::Table)
}

#[test]
fn three_hundred_megabytes_are_sealed_and_verified_in_less_than_sixty_four() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: memory is measured by procfs");
        return;
    }
    let signer = TestSigner::new(KeyFamily::P256);
    let mut file = scans();
    assert!(file.len() > 300_000_000);
    let picture = picture();
    let (used, tail) = rise(|| {
        let prepared = pdf::prepare(
            &file,
            &spec(&Seal::default(), &picture, SubFilter::EtsiCadesDetached),
        )
        .expect("prepared");
        tail::inspect(&file, &prepared.tail).expect("inspected");
        let cms = cms_for(&file, &prepared.tail, &signer, vec![]);
        pdf::digest(&file, &prepared.tail, HashAlgorithm::Sha256).expect("a digest");
        pdf::complete(&prepared.tail, file.len() as u64, &cms).expect("completed")
    });
    assert!(used < LIMIT_KIB, "sealing took {used} KiB beside the file");
    file.extend_from_slice(&tail);
    let file = Arc::new(file);
    let trust = trusting(&[&signer]);
    let (verifying, report) = rise(|| {
        pdf::verify(
            &file,
            &VerifyOptions {
                trust: &trust,
                at: NOW,
                policy: Policy::default(),
                name: None,
            },
        )
    });
    assert_valid(&report);
    assert!(
        verifying < LIMIT_KIB,
        "verifying took {verifying} KiB beside the file"
    );
    println!(
        "sealing {used} KiB, verifying {verifying} KiB beside {} bytes",
        file.len()
    );
}
