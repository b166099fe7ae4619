//! OFD: the strict package reader, the structure, the verifier. With nothing trusted, no bytes are ever valid.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::UnixTime;
use pki::path::TrustStore;
use seal::ofd::document::Document;
use seal::ofd::{inspect, signer_certificates, verify};
use seal::pdf::{Policy, VerifyOptions};

fuzz_target!(|file: &[u8]| {
    let trust = TrustStore::default();
    let options = VerifyOptions { trust: &trust, at: UnixTime(1_795_348_800), policy: Policy::default(), name: None };
    let report = verify(file, &options);
    assert_ne!(report.verdict.exit_code(), 0, "valid without a trusted anchor");
    let _ = signer_certificates(file);
    let _ = inspect(file, file);
    if let Ok(document) = Document::open(file) {
        for number in 1..=document.pages().count().min(64) as u32 {
            let _ = document.geometry(number);
        }
    }
});
