//! The desktop client `yinxin-agent`: it alone speaks with the token and asks for the PIN.
//!
//! A page asks through a popup on the agent's own loopback origin (`docs/protocol-login.md`). What the
//! user sees there is rendered from the server's intent by the agent's own templates; what is signed the
//! agent builds itself. Two things only ever leave: a signed statement, or the CMS of a seal, for the
//! origin that the browser named and after the user's consent.
//!
//! - [`serve`]: the loopback service and its guards.
//! - [`origin`], [`peers`], [`consent`], [`settings`]: who may ask, and for what.
//! - [`modules`], [`discovery`]: the makers' libraries that it loads; one key that several of them reach.
//! - [`tokens`], [`keyring`]: the tokens behind one trait, and the plugged keys as the user sees them.
//! - [`signing`]: what is signed, and how the document of a seal is checked first.
//! - [`pin_rule`], [`standing`]: what a new PIN must look like, and how a certificate stands today.
//! - [`writing`]: keys that are made, renewed and unlocked, step by step.
//! - [`journal`], [`history`], [`published`]: what was signed, on disk before it leaves; looking through it;
//!   and whether a file carries it.
//! - [`harden`]: what keeps secrets inside this process; [`system`]: what differs between operating systems.
//! - [`sof`]: the functions of GM/T 0020, for pages that know no other client.
//! - [`prompt`]: the PIN, asked in a window of the desktop.
//! - [`instance`], [`log`]: one agent for one state folder, and what it writes down.
//! - [`doctor`], [`service`]: what is wrong with this desktop; the agent as a service of the session.
//! - [`tray`]: the agent in the desktop's tray.
//! - [`remote`]: a platform, as the command line reaches it.
//! - [`cli`]: the command line.

pub mod cli;
pub mod consent;
pub mod discovery;
pub mod doctor;
pub mod files;
pub mod harden;
pub mod history;
pub mod instance;
pub mod journal;
pub mod keyring;
pub mod log;
pub mod modules;
pub mod origin;
pub mod peers;
pub mod pin_rule;
pub mod prompt;
pub mod published;
pub mod remote;
pub mod serve;
pub mod service;
pub mod settings;
pub mod signing;
pub mod sof;
pub mod standing;
pub mod state;
pub mod system;
pub mod tokens;
pub mod tray;
pub mod writing;

use std::sync::Arc;

use pki::UnixTime;

/// The clock, as a parameter: a test moves it.
pub type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// The system's clock, for the wiring of the binary.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the wiring of the binary reads the system's clock"
        )]
        let now = std::time::SystemTime::now();
        let seconds = now
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        UnixTime(i64::try_from(seconds).unwrap_or(i64::MAX))
    })
}

/// An instant as RFC 3339 in UTC.
pub fn rfc3339(at: UnixTime) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(|_| at.0.to_string(), |time| time.to_string())
}
