//! Sealed administrator PINs on the disk, from before the token gets one until the server has it.
//!
//! A crash between the token and the server would otherwise lose the PIN for good. What lies here opens with
//! the installation's escrow key alone, which is not on this computer.

use std::io;
use std::path::{Path, PathBuf};

use contract::Base64;
use serde::{Deserialize, Serialize};

use crate::files;

/// A sealed PIN and the device that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The device's serial number, to which the blob is bound.
    pub device_serial: String,
    /// See [`contract::escrow`].
    pub blob: Base64,
}

/// The sealed PINs of a state folder.
#[derive(Clone, Debug)]
pub struct SealedPins(PathBuf);

impl SealedPins {
    /// Those of a state folder.
    pub fn in_folder(state: &Path) -> SealedPins {
        SealedPins(state.join("escrow"))
    }

    /// Keeps one, and returns when it is on the disk.
    ///
    /// # Errors
    /// What the system says; then the token must not get that PIN.
    pub fn keep(&self, production: &str, sealed: &Sealed) -> io::Result<()> {
        files::private_folder(&self.0)?;
        files::replace(&self.path(production), &serde_json::to_vec(sealed)?)
    }

    /// The one of a production and a device, where it is kept.
    pub fn find(&self, production: &str, device_serial: &str) -> Option<Sealed> {
        let text = std::fs::read(self.path(production)).ok()?;
        let sealed: Sealed = serde_json::from_slice(&text).ok()?;
        (sealed.device_serial == device_serial).then_some(sealed)
    }

    /// Forgets one: the server has it.
    pub fn forget(&self, production: &str) {
        let _ = std::fs::remove_file(self.path(production));
    }

    /// A production's id has letters, digits and hyphens only (`contract::write_intent`).
    fn path(&self, production: &str) -> PathBuf {
        self.0.join(format!("{production}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_pin_is_found_for_its_device_alone_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let pins = SealedPins::in_folder(folder.path());
        let sealed = Sealed {
            device_serial: "YX1".into(),
            blob: Base64(vec![7; 97]),
        };
        assert_eq!(pins.find("P1", "YX1"), None);
        pins.keep("P1", &sealed).unwrap();
        assert_eq!(pins.find("P1", "YX1"), Some(sealed));
        assert_eq!(pins.find("P1", "YX2"), None);
        assert_eq!(pins.find("P2", "YX1"), None);
        pins.forget("P1");
        assert_eq!(pins.find("P1", "YX1"), None);
    }
}
