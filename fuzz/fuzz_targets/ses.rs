//! SES: any bytes are a seal, a seal signature, or an error; what is read gives back the bytes that it came from.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::ses::{SesSeal, SesSignature};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(seal) = SesSeal::from_der(bytes) {
        assert_eq!(seal.der(), bytes);
    }
    if let Ok(signature) = SesSignature::from_der(bytes) {
        assert_eq!(SesSeal::from_der(signature.seal.der()).as_ref(), Ok(&signature.seal));
    }
});
