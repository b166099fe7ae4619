//! How long a call may take before its worker is killed.

use std::time::Duration;

/// Limits by kind of call. The defaults leave room for a slow card and for a PIN pad on the device.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Loading the library, listing devices, reading public data.
    pub enumerate: Duration,
    /// Signing.
    pub sign: Duration,
    /// Making a key pair: RSA on a card takes a minute and more.
    pub generate: Duration,
    /// PIN management, creating, writing.
    pub manage: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            enumerate: Duration::from_secs(5),
            sign: Duration::from_secs(90),
            generate: Duration::from_secs(180),
            manage: Duration::from_secs(30),
        }
    }
}
