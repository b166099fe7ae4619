//! Hashes that are being computed: clauses 7.6.34 to 7.6.37.

use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use sha2::Digest as _;
use skf_abi::codes;

use crate::device::Device;
use crate::keys::sm2::{self, Point};
use crate::sar::Sar;
use crate::session::{Handed, Slot};

#[derive(Clone)]
enum State {
    Sm3(sm3::Sm3),
    Sha1(Context),
    Sha256(sha2::Sha256),
}

impl State {
    fn update(&mut self, data: &[u8]) {
        match self {
            State::Sm3(hash) => hash.update(data),
            State::Sha1(hash) => hash.update(data),
            State::Sha256(hash) => hash.update(data),
        }
    }

    fn value(self) -> Vec<u8> {
        match self {
            State::Sm3(hash) => hash.finalize().to_vec(),
            State::Sha1(hash) => hash.finish().as_ref().to_vec(),
            State::Sha256(hash) => hash.finalize().to_vec(),
        }
    }
}

/// A hash under way.
pub struct Hash {
    pub slot: Slot,
    /// As it was begun, Z included.
    fresh: State,
    now: Mutex<State>,
}

impl Hash {
    /// `SKF_DigestInit`: SM3, SHA-1 or SHA-256; with a signer's key and id, SM3 begins with Z (GB/T 32918.2, 5.5).
    pub fn begin(
        device: &Arc<Device>,
        algorithm: u32,
        signer: Option<(&Point, &[u8])>,
    ) -> Result<Hash, Sar> {
        let mut fresh = match algorithm {
            codes::SGD_SM3 => State::Sm3(sm3::Sm3::new()),
            codes::SGD_SHA1 => State::Sha1(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            codes::SGD_SHA256 => State::Sha256(sha2::Sha256::new()),
            _ => return Err(Sar(codes::SAR_NOTSUPPORTYETERR)),
        };
        if let (State::Sm3(hash), Some((point, id))) = (&mut fresh, signer) {
            hash.update(sm2::z(point, id)?);
        }
        Ok(Hash {
            slot: Slot::take(device)?,
            now: Mutex::new(fresh.clone()),
            fresh,
        })
    }

    /// `SKF_DigestUpdate`.
    pub fn update(&self, data: &[u8]) -> Result<(), Sar> {
        self.slot.device.check_plugged()?;
        self.now.lock().map_err(|_| Sar::FAIL)?.update(data);
        Ok(())
    }

    /// `SKF_Digest` and `SKF_DigestFinal`: with the last data, the value; then the hash is as new. Asking for the
    /// size, or for too little room, changes nothing.
    pub fn finish(
        &self,
        data: &[u8],
        hand_over: impl FnOnce(&[u8]) -> Result<Handed, Sar>,
    ) -> Result<(), Sar> {
        self.slot.device.check_plugged()?;
        let mut now = self.now.lock().map_err(|_| Sar::FAIL)?;
        let mut state = now.clone();
        state.update(data);
        if hand_over(&state.value())? == Handed::Data {
            *now = self.fresh.clone();
        }
        Ok(())
    }
}
