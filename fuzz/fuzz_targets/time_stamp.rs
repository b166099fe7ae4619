//! CMS, time stamps and OCSP as they stand in a PDF: read, written again with a stamp, never a panic, and
//! with nothing trusted nothing is proved.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::UnixTime;
use pki::cms::{self, SignedData};
use pki::ocsp::{BasicResponse, OcspResponse};
use pki::path::TrustStore;
use pki::tsp::{TimeStampResponse, TimeStampToken};

fuzz_target!(|der: &[u8]| {
    let _ = TimeStampResponse::from_der(der);
    let _ = OcspResponse::from_der(der);
    let _ = BasicResponse::from_der(der);
    if let Ok(token) = TimeStampToken::from_der(der) {
        let proved = token.verify(b"", &TrustStore::default(), UnixTime(1_795_348_800));
        assert!(proved.is_err(), "a time is proved without a trusted anchor");
    }
    if let Ok(signed) = SignedData::from_der(der) {
        let stamped = cms::with_time_stamp(der, &[0x30, 0x00]);
        if let (Ok(stamped), [_]) = (stamped, signed.signers()) {
            // The attribute may stand there twice now, which the strict reader refuses: then it says so.
            let _ = SignedData::from_der(&stamped);
        }
    }
});
