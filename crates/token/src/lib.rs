//! Tokens (USB keys) behind vendors' SKF libraries, GM/T 0016.
//!
//! Vendors' libraries crash, hang and disagree. So each runs in a worker process of its own
//! (`yinxin-token-worker`) that this crate starts, limits in time, kills and starts again; what a library
//! does not have is an error of that one call, and what it does differently is data ([`Quirks`]).
//!
//! ```text
//!  TokenService ── one Worker a library ── pipes ── yinxin-token-worker ── dlopen ── libvendor.so
//!  (no unsafe,      (limits, kill,        (frames)   (one thread that calls,
//!   checks every     restart)                         no core dump, PIN zeroized)
//!   signature)
//! ```
//!
//! What is promised:
//! * Only a [`Message`] is signed, and that is a closed set whose members this crate builds itself.
//! * A signature is verified against the container's own key before it is handed on.
//! * A PIN travels by the worker's pipe only, is wiped after use, and is never sent a second time: after a
//!   time-out or a worker's death the caller reads the tries and asks its user again.
//! * With one try left, [`TokenError::LastTry`] comes back before anything is sent, unless the caller says
//!   [`LastTry::Spend`].
//! * The device is locked (`SKF_LockDev`) around open → verify PIN → work → clear state → close, so that no
//!   other process works under our login.

mod encryption;
mod enveloped;
mod error;
mod files;
mod limits;
mod manage;
mod message;
mod model;
mod pin;
mod process;
mod service;
mod watch;
mod wire;
mod word_size;

pub mod file_key;
pub mod pkcs11;
pub mod skf;
pub mod system;
pub mod worker;

pub use catalogue::{Quirks, RsaSignInput};
pub use enveloped::{EnvelopeAlgorithm, EnvelopedKey, Sm2Ciphertext};
pub use error::TokenError;
pub use files::{FileRights, TokenFile};
pub use limits::Limits;
pub use message::{MAX_PAGE_DATA, Message, PageDataRefused, check_page_data};
pub use model::{
    ApplicationInfo, ApplicationRef, ApplicationSpec, ContainerInfo, DeviceRef, KeyKind, KeyRef,
    LastTry, LibraryFailure, LibraryKind, Listing, PinEntry, PinKind, PinLength, PinTries,
    Signature, TokenInfo,
};
pub use pin::{DeviceKey, Pin, PinFormat};
pub use service::{Library, ServiceOptions, TokenService};
pub use watch::Watcher;
