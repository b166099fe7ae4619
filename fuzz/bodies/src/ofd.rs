//! OFD packages, and the seals in them.

use pki::UnixTime;
use pki::path::TrustStore;
use seal::ofd::document::Document;
use seal::ofd::{inspect, signer_certificates, verify};
use seal::pdf::{Policy, VerifyOptions};
use seal::ses::{SesSeal, SesSignature};

/// The package, the structure and the verifier: with nothing trusted, no bytes are ever valid.
pub fn ofd(file: &[u8]) -> bool {
    let trust = TrustStore::default();
    let options = VerifyOptions {
        trust: &trust,
        at: UnixTime(1_795_348_800),
        policy: Policy::default(),
        name: None,
    };
    let report = verify(file, &options);
    assert_ne!(
        report.verdict.exit_code(),
        0,
        "valid without a trusted anchor"
    );
    let _ = signer_certificates(file);
    let _ = inspect(file, file);
    let Ok(document) = Document::open(file) else {
        return false;
    };
    for number in 1..=document.pages().count().min(64) as u32 {
        let _ = document.geometry(number);
    }
    true
}

/// A seal or a seal signature: what is read keeps the octets that it came from.
pub fn ses(der: &[u8]) -> bool {
    if let Ok(seal) = SesSeal::from_der(der) {
        assert_eq!(seal.der(), der);
        return true;
    }
    let Ok(signature) = SesSignature::from_der(der) else {
        return false;
    };
    let seal = SesSeal::from_der(signature.seal.der());
    assert_eq!(seal.as_ref(), Ok(&signature.seal));
    true
}
