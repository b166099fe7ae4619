//! What keys do, without a device around them: SM2 (GB/T 32918) by `sm2`, RSA by `aws-lc-rs`.

pub mod rsa;
pub mod sm2;

use crate::state::KeyKind;
use zeroize::Zeroizing;

/// A pair: its public part as the state stores it, its private part to be sealed.
pub struct NewPair {
    pub kind: KeyKind,
    pub public: Vec<u8>,
    pub private: Zeroizing<Vec<u8>>,
}
