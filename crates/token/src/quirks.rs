//! What a vendor's library does in its own way, as data.
//!
//! A quirk that is not known is not guessed: the call is refused with
//! [`TokenError::QuirkUnknown`](crate::TokenError::QuirkUnknown), because a wrong guess can lock a PIN or
//! sign something else than was shown. (The width of `BOOL` needs no entry: see `skf_abi::types`.)

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Peculiarities of one library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// What `SKF_RSASignData` takes. `None`: not known, RSA keys of this library don't sign.
    pub rsa_sign_input: Option<RsaSignInput>,
    /// `SKF_LockDev` is there but breaks later calls: don't use it.
    pub no_device_lock: bool,
}

/// The two inputs of `SKF_RSASignData` in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RsaSignInput {
    /// The DER `DigestInfo` of PKCS#1; the device pads it.
    DigestInfo,
    /// The bare digest; the device makes the `DigestInfo` of the hash that fits its length.
    Digest,
}

impl Quirks {
    /// The entry for a library by its file name without extension, or the entry that knows nothing.
    #[must_use]
    pub fn of_library(path: &Path) -> Quirks {
        let known: BTreeMap<String, Quirks> =
            serde_json::from_str(include_str!("quirks.json")).unwrap_or_default();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        known.get(stem).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_quirks_is_well_formed() {
        let parsed: Result<BTreeMap<String, Quirks>, _> =
            serde_json::from_str(include_str!("quirks.json"));
        assert!(parsed.is_ok(), "{parsed:?}");
    }

    #[test]
    fn a_library_without_entry_has_no_known_rsa_input() {
        assert_eq!(
            Quirks::of_library(Path::new("/opt/x/libnobody.so")).rsa_sign_input,
            None
        );
    }
}
