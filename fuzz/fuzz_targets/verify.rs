//! The verifier: with nothing trusted, no bytes are ever valid.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use pki::UnixTime;
use pki::path::TrustStore;
use seal::pdf::{Policy, VerifyOptions, verify};

fuzz_target!(|file: &[u8]| {
    let trust = TrustStore::default();
    let options = VerifyOptions { trust: &trust, at: UnixTime(1_795_348_800), policy: Policy::default(), name: None };
    let report = verify(&Arc::new(file.to_vec()), &options);
    assert_ne!(report.verdict.exit_code(), 0, "valid without a trusted anchor");
});
