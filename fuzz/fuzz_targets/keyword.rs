//! The search for keywords: any bytes give an answer.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use seal::pdf::keyword;

fuzz_target!(|file: &[u8]| {
    let _ = keyword::search(&Arc::new(file.to_vec()), "seal", None);
});
