//! The agent's look at a prepared revision: the first two bytes say where the original ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki::HashAlgorithm;
use seal::pdf::{complete, digest, tail};

fuzz_target!(|input: &[u8]| {
    let [high, low, bytes @ ..] = input else { return };
    let seam = usize::from(u16::from_be_bytes([*high, *low])).min(bytes.len());
    let (original, appended) = bytes.split_at(seam);
    let _ = tail::inspect(original, appended);
    let _ = digest(original, appended, HashAlgorithm::Sha256);
    let _ = complete(appended, original.len() as u64, &[0x30, 0x00]);
});
