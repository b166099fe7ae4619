//! Secrets that a person types: wiped when dropped, never printed.

use zeroize::Zeroizing;

/// A PIN, 6 to 16 octets, no NUL. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<Vec<u8>>);

/// Why a text is no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 6 to 16 characters")]
pub struct PinFormat;

impl Pin {
    /// Takes what was typed. Its own copy is wiped on drop; wiping `text` is the caller's part.
    ///
    /// # Errors
    /// [`PinFormat`] for fewer than 6 or more than 16 octets, or a NUL or control character.
    pub fn new(text: &str) -> Result<Pin, PinFormat> {
        let length = skf_abi::codes::PIN_LEN_MIN..=skf_abi::codes::PIN_LEN_MAX;
        if !length.contains(&text.len()) || text.bytes().any(|octet| octet < 0x20) {
            return Err(PinFormat);
        }
        Ok(Pin(Zeroizing::new(text.as_bytes().to_vec())))
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }
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
        assert!(Pin::new("12345").is_err());
        assert!(Pin::new("12345678901234567").is_err());
    }
}
