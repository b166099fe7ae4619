//! Writing to a token: production (制证), renewal (续期) and unlocking (解锁), step by step
//! (`docs/protocol-writing.md`).
//!
//! A window holds one [`Writing`] at a time. The page asks for one step after the other and shows what was
//! done; each step looks at the token first and does what is missing, so that a key that is pulled out, a
//! window that is closed or an agent that is killed costs nothing but another try. The PIN lives in memory
//! for as long as the conversation, and goes to the token by the steps that need it; after a time-out it is
//! wiped and asked for anew.
//!
//! - [`keys`]: the session of a production or a renewal.
//! - [`unlock`]: the session of an unlocking.
//! - [`devices`]: what is plugged in, as a production sees it: blank, begun, or somebody's.
//! - [`certificates`]: what the server sent, checked before a byte of it is written.
//! - [`first_pin`], [`sealed`]: new PINs, and administrator PINs under seal on the disk.

pub mod certificates;
pub mod devices;
pub mod first_pin;
pub mod keys;
pub mod sealed;
pub mod unlock;

use contract::{ErrorCode, writing::SESSION_SECONDS};
use pki::UnixTime;
use serde::Serialize;
use token::{Listing, TokenError, TokenInfo};

use crate::keyring::code_of;
use crate::pin_rule::Broken;

/// What a window is writing.
pub enum Writing {
    /// A production or a renewal.
    Keys(Box<keys::Session>),
    /// An unlocking.
    Unlock(Box<unlock::Session>),
}

impl Writing {
    /// When it began; two of one window never begin at once.
    pub fn began(&self) -> UnixTime {
        match self {
            Writing::Keys(session) => session.began,
            Writing::Unlock(session) => session.began,
        }
    }

    /// Whether its ten minutes are over.
    pub fn is_over(&self, now: UnixTime) -> bool {
        now.0 - self.began().0 >= SESSION_SECONDS
    }
}

/// A step of a production or a renewal, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The application with its PINs, or the PIN of one that is there.
    Pin,
    /// The old key's statement (a renewal alone).
    Proof,
    /// The new key pair.
    Key,
    /// Its certification request.
    Request,
    /// The server's certificates; nothing to do here.
    Certificates,
    /// The signing certificate.
    Signing,
    /// The encryption pair and its certificate.
    Encryption,
    /// All of it, read from the token again.
    ReadBack,
    /// Done.
    Done,
}

/// Why a step was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A reason that pages know.
    #[error("{}", .0.name())]
    Code(ErrorCode),
    /// A reason that pages know, and what a support desk wants to hear of it.
    #[error("{}: {why}", .code.name())]
    Because {
        /// The reason.
        code: ErrorCode,
        /// What happened.
        why: String,
    },
    /// The token did not do it.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A new PIN breaks rules; nothing was sent to the token.
    #[error("the new PIN breaks a rule")]
    PinRule(Vec<Broken>),
}

impl WriteError {
    fn because(code: ErrorCode, why: &dyn std::fmt::Display) -> WriteError {
        WriteError::Because {
            code,
            why: why.to_string(),
        }
    }

    /// The code for pages.
    pub fn code(&self) -> ErrorCode {
        match self {
            WriteError::Code(code) | WriteError::Because { code, .. } => *code,
            WriteError::PinRule(_) => ErrorCode::PinRule,
            WriteError::Token(error) => match error {
                TokenError::CertificateOfAnotherKey => ErrorCode::CertificateMismatch,
                TokenError::Exists(_) => ErrorCode::NotBlank,
                TokenError::NotSupported(_)
                | TokenError::QuirkUnknown(_)
                | TokenError::DeviceAuthUnknown { .. }
                | TokenError::SymbolMissing(_) => ErrorCode::WriteUnsupported,
                TokenError::NoToken => ErrorCode::TokenRemoved,
                error => code_of(error),
            },
        }
    }
}

/// A device by what stays the same when it is pulled out and plugged in again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    library: std::path::PathBuf,
    /// Empty where the device has none; then its name must do.
    serial: String,
    name: String,
}

impl DeviceIdentity {
    /// What a listing says of a token.
    pub fn of(token: &TokenInfo) -> DeviceIdentity {
        DeviceIdentity {
            library: token.library.clone(),
            serial: token.serial.clone(),
            name: token.device.clone(),
        }
    }

    /// The serial number.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The device in a listing.
    ///
    /// # Errors
    /// What keeps its library from listing, or that it is not plugged in.
    pub fn find<'a>(&self, listing: &'a Listing) -> Result<&'a TokenInfo, WriteError> {
        let is_it = |token: &&TokenInfo| {
            token.library == self.library
                && token.serial == self.serial
                && (!self.serial.is_empty() || token.device == self.name)
        };
        if let Some(token) = listing.tokens.iter().find(is_it) {
            return match &token.trouble {
                Some(trouble) => Err(trouble.clone().into()),
                None => Ok(token),
            };
        }
        let failure = listing
            .failures
            .iter()
            .find(|failure| failure.library == self.library);
        Err(
            failure.map_or(WriteError::Code(ErrorCode::TokenRemoved), |failure| {
                failure.error.clone().into()
            }),
        )
    }
}

/// Random octets of the system.
///
/// # Errors
/// `internal`, where it has none.
pub(crate) fn random<const N: usize>() -> Result<zeroize::Zeroizing<[u8; N]>, WriteError> {
    let mut octets = zeroize::Zeroizing::new([0; N]);
    getrandom::fill(octets.as_mut())
        .map_err(|error| WriteError::because(ErrorCode::Internal, &error))?;
    Ok(octets)
}
