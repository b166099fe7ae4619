//! What a module's return code means to the rest of the house.

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use crate::TokenError;

/// The error for what a call returned. For a PIN, [`super::login`] then asks the token how many tries are left.
pub fn token_error(error: &Error) -> TokenError {
    let Error::Pkcs11(code, function) = error else {
        return TokenError::Cryptoki {
            function: "PKCS#11".to_owned(),
            reason: error.to_string(),
        };
    };
    match code {
        RvError::DeviceRemoved | RvError::TokenNotPresent | RvError::TokenNotRecognized => {
            TokenError::Removed
        }
        RvError::PinIncorrect => TokenError::PinWrong { left: None },
        RvError::PinLocked => TokenError::PinLocked,
        RvError::PinInvalid | RvError::PinLenRange | RvError::PinTooWeak => TokenError::PinInvalid,
        // The person pressed cancel on the reader, or let its time pass.
        RvError::FunctionCanceled | RvError::Cancel => TokenError::Timeout {
            operation: name(*function),
        },
        RvError::FunctionNotSupported | RvError::MechanismInvalid => {
            TokenError::SymbolMissing(name(*function))
        }
        RvError::SessionCount => TokenError::Busy,
        code => TokenError::Cryptoki {
            function: name(*function),
            reason: format!("{code:?}"),
        },
    }
}

/// One line for a support desk.
pub fn reason(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, function) => format!("{}: {code:?}", name(*function)),
        other => other.to_string(),
    }
}

fn name(function: Function) -> String {
    format!("C_{function:?}")
}
