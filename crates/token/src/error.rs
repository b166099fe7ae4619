//! One error for the crate. It travels from the worker to its parent, so it is plain data.

use serde::{Deserialize, Serialize};
use skf_abi::codes;

/// Why a token did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenError {
    /// The library isn't there or can't be loaded: the driver is missing or of the wrong word size.
    #[error("the token library {path} cannot be loaded: {reason}")]
    LibraryMissing {
        /// Path of the library.
        path: String,
        /// What the loader said.
        reason: String,
    },
    /// A library path is not absolute. A relative path is a way to have a stranger's code loaded.
    #[error("the library path {0} is not absolute")]
    PathNotAbsolute(String),
    /// The worker program is not beside this program, or can't be started.
    #[error("the worker program cannot be started: {0}")]
    WorkerMissing(String),
    /// The worker ended in the middle of a call: most often the vendor's library crashed.
    #[error("the token library crashed during {operation}")]
    WorkerDied {
        /// The call.
        operation: String,
    },
    /// The call took longer than its limit; the worker was killed.
    #[error("the token did not answer {operation} in time")]
    Timeout {
        /// The call.
        operation: String,
    },
    /// The worker or the library answered something that isn't an answer.
    #[error("the token library gave no sensible answer to {0}")]
    Garbage(String),
    /// The library lacks a function that this call needs.
    #[error("the token library has no {0}")]
    SymbolMissing(String),
    /// This kind of token (a key file, for one) has no such thing.
    #[error("this kind of token has no {0}")]
    NotSupported(String),
    /// The library does this in one of several incompatible ways, and no entry says which: not called.
    #[error("it is not known how this library takes its input for {0}")]
    QuirkUnknown(String),
    /// No such library, device: nothing is plugged in under that name.
    #[error("no such token is plugged in")]
    NoToken,
    /// The device was pulled out.
    #[error("the token was removed")]
    Removed,
    /// Another program, or another call of this one, holds the device.
    #[error("the token is in use")]
    Busy,
    /// The application isn't on the device.
    #[error("the token has no such application")]
    NoApplication,
    /// The container isn't in the application.
    #[error("the token has no such container")]
    NoContainer,
    /// The container holds no key pair for signing.
    #[error("the container holds no signing key")]
    NoKey,
    /// The container holds no certificate.
    #[error("the container holds no certificate")]
    NoCertificate,
    /// What was to be made is there already.
    #[error("the token already has {0}")]
    Exists(String),
    /// The PIN is wrong.
    #[error("the PIN is wrong ({} tries left)", .left.map_or_else(|| "unknown".to_owned(), |n| n.to_string()))]
    PinWrong {
        /// Tries that remain, where the device says so.
        left: Option<u32>,
    },
    /// No tries are left; the administrator's PIN unblocks.
    #[error("the PIN is locked")]
    PinLocked,
    /// One try is left and nobody said to spend it. Nothing was sent.
    #[error("one try is left before the PIN locks")]
    LastTry,
    /// The device refuses a PIN of this length or form.
    #[error("the token does not accept a PIN of this form")]
    PinInvalid,
    /// The device authentication failed: its key isn't the one given.
    #[error("the device key was refused")]
    DeviceKeyRefused,
    /// The container's certificate is not the one for which the message was built.
    #[error("the certificate on the token is not the one that was chosen")]
    CertificateChanged,
    /// A certificate was to be written that does not belong to the container's key.
    #[error("the certificate does not belong to the key in the container")]
    CertificateOfAnotherKey,
    /// The key can't sign this message (its algorithm doesn't fit).
    #[error("the key cannot sign this message: {0}")]
    WrongAlgorithm(String),
    /// The token's signature does not verify under its own key. It is not handed on.
    #[error("the token returned a signature that does not verify")]
    BadSignature,
    /// The file isn't in the application.
    #[error("the token has no file {0}")]
    NoFile(String),
    /// A file is larger than any that is read or written here.
    #[error("the file {0} is too large")]
    TooLarge(String),
    /// The token is full.
    #[error("the token has no room left")]
    NoRoom,
    /// The ciphertext is not for this key, or damaged.
    #[error("the token could not decrypt")]
    Decryption,
    /// The device asks to be authenticated with an algorithm that its makers announce without meaning it, and
    /// no entry of the catalogue says that it does. Not tried: a wrong answer can block the device.
    #[error(
        "it is not known how this device is authenticated: it reports algorithm 0x{algorithm:08X}"
    )]
    DeviceAuthUnknown {
        /// `DevAuthAlgId` of its `DEVINFO`.
        algorithm: u32,
    },
    /// The message can't be built.
    #[error("the message cannot be built: {0}")]
    Message(String),
    /// Several things fit where one must: nothing is picked by chance.
    #[error("the token has several {0}, and nothing says which is meant")]
    Ambiguous(String),
    /// The key file can't be used as it is.
    #[error("the key file cannot be read: {0}")]
    KeyFile(String),
    /// A PKCS#11 module refused.
    #[error("{function} failed: {reason}")]
    Cryptoki {
        /// The function of the module.
        function: String,
        /// Its return code by name.
        reason: String,
    },
    /// Any other return code.
    #[error("{function} failed: {} (0x{code:08X})", codes::name(*.code))]
    Sar {
        /// The function of the library.
        function: String,
        /// Its return code.
        code: u32,
    },
}

impl TokenError {
    /// The error for what `function` returned. `SAR_OK` is no error and must not come here.
    pub(crate) fn from_code(function: &str, code: u32) -> TokenError {
        match code {
            codes::SAR_DEVICE_REMOVED => TokenError::Removed,
            codes::SAR_PIN_INCORRECT => TokenError::PinWrong { left: None },
            codes::SAR_PIN_LOCKED => TokenError::PinLocked,
            codes::SAR_PIN_INVALID | codes::SAR_PIN_LEN_RANGE => TokenError::PinInvalid,
            codes::SAR_APPLICATION_NOT_EXISTS => TokenError::NoApplication,
            codes::SAR_APPLICATION_EXISTS => TokenError::Exists("this application".to_owned()),
            codes::SAR_CONTAINER_NOT_EXISTS => TokenError::NoContainer,
            codes::SAR_CONTAINER_EXISTS => TokenError::Exists("this container".to_owned()),
            codes::SAR_KEYNOTFOUNDERR => TokenError::NoKey,
            codes::SAR_CERTNOTFOUNDERR => TokenError::NoCertificate,
            codes::SAR_NO_ROOM => TokenError::NoRoom,
            code => TokenError::Sar {
                function: function.to_owned(),
                code,
            },
        }
    }
}
