//! Secrets that a person types: wiped when dropped, never printed.

use zeroize::Zeroizing;

/// Longest PIN or passphrase, in octets.
pub(crate) const LONGEST: usize = 100;

/// A PIN, or the passphrase of a key file: 1 to 100 octets, no control characters. `Debug` shows nothing of it.
///
/// What its token takes is checked when it is sent there: an SKF library's have 6 to 16 octets (GM/T 0016),
/// a PKCS#11 token says its own limits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<Vec<u8>>);

/// Why a text is no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 1 to 100 characters")]
pub struct PinFormat;

impl Pin {
    /// Takes what was typed. Its own copy is wiped on drop; wiping `text` is the caller's part.
    ///
    /// # Errors
    /// [`PinFormat`] for no octet or more than 100, or a NUL or control character.
    pub fn new(text: &str) -> Result<Pin, PinFormat> {
        if text.is_empty() || text.len() > LONGEST || text.bytes().any(|octet| octet < 0x20) {
            return Err(PinFormat);
        }
        Ok(Pin(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// No PIN, for a token that has none or takes it on its own keys ([`crate::PinEntry`]).
    #[must_use]
    pub fn none() -> Pin {
        Pin(Zeroizing::new(Vec::new()))
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }
}

/// Whether an SKF library takes PINs (and device keys) of this length.
pub(crate) fn fits_skf(secret: &[u8]) -> bool {
    (skf_abi::codes::PIN_LEN_MIN..=skf_abi::codes::PIN_LEN_MAX).contains(&secret.len())
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pin(…)")
    }
}

/// The 16 octets of a device's authentication key (clause 7.2.3), needed to create applications.
#[derive(Clone)]
pub struct DeviceKey(Zeroizing<[u8; 16]>);

impl DeviceKey {
    /// Takes the key.
    #[must_use]
    pub fn new(key: [u8; 16]) -> DeviceKey {
        DeviceKey(Zeroizing::new(key))
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.0[..]
    }
}

impl Default for DeviceKey {
    /// The key with which most devices leave the factory: `1234567812345678`.
    fn default() -> DeviceKey {
        DeviceKey::new(*b"1234567812345678")
    }
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DeviceKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_never_printed() {
        assert_eq!(format!("{:?}", Pin::new("20261122").unwrap()), "Pin(…)");
    }

    #[test]
    fn a_pin_that_a_c_string_would_cut_is_refused() {
        assert!(Pin::new("123456\x00789").is_err());
        assert!(Pin::new("").is_err());
        assert!(Pin::new(&"7".repeat(101)).is_err());
    }
}
