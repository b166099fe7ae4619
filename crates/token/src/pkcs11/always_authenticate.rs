//! Keys that want the PIN for every signature (`CKA_ALWAYS_AUTHENTICATE`; PKCS#11 v2.40 §4.9).
//!
//! The PIN goes in between `C_SignInit` and `C_Sign`. `cryptoki` makes those two in one call, and its steps
//! of several parts are not for CKM_ECDSA, so `C_Sign` is called here.

use std::path::Path;

use cryptoki::error::Rv;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use cryptoki::session::UserType;
use cryptoki_sys::{CK_FUNCTION_LIST, CKR_OK};

use super::error::token_error;
use super::login::{self, Login};
use crate::{PinKind, TokenError};

/// Longest signature that is believed, in octets: RSA with 8192 bits.
const MAX_SIGNATURE: usize = 1024;

/// Signs `octets` with `key`, giving `pin` once more in between.
#[allow(unsafe_code)]
pub fn sign(
    module: &Path,
    login: &Login<'_>,
    mechanism: &Mechanism<'_>,
    key: ObjectHandle,
    octets: &[u8],
    pin: &[u8],
) -> Result<Vec<u8>, TokenError> {
    let session = &login.token.session;
    let typed = login::pin_to_send(&login.token, PinKind::User, pin)?;
    session
        .sign_init(mechanism, key)
        .map_err(|error| token_error(&error))?;
    session
        .login(UserType::ContextSpecific, typed.as_ref())
        .map_err(|error| login::refused(&login.token, PinKind::User, &error))?;

    let missing = || TokenError::SymbolMissing("C_Sign".to_owned());
    // SAFETY: the module is loaded already, by `Pkcs11::new` of the same path; this takes one more handle on
    // it and runs no initialiser again.
    let module = unsafe { cryptoki_sys::Pkcs11::new(module) }.map_err(|_| missing())?;
    let mut list: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
    let get_list = module.C_GetFunctionList.as_ref().map_err(|_| missing())?;
    // SAFETY: the function takes a place for one pointer, which `list` is.
    if unsafe { get_list(&raw mut list) } != CKR_OK || list.is_null() {
        return Err(missing());
    }
    // SAFETY: on CKR_OK the pointer is to the module's own list, which lives as long as the module.
    let c_sign = unsafe { (*list).C_Sign }.ok_or_else(missing)?;

    let mut signature = vec![0_u8; MAX_SIGNATURE];
    let too_long = |_| TokenError::Garbage("C_Sign".to_owned());
    let mut length = signature.len().try_into().map_err(too_long)?;
    // SAFETY: input and output are as long as said, and both live through the call; the module does not
    // write to its input, which is mutable in the prototype only for C's lack of const.
    let code = unsafe {
        c_sign(
            session.handle(),
            octets.as_ptr().cast_mut(),
            octets.len().try_into().map_err(too_long)?,
            signature.as_mut_ptr(),
            &raw mut length,
        )
    };
    if code != CKR_OK {
        return Err(TokenError::Cryptoki {
            function: "C_Sign".to_owned(),
            reason: format!("{:?}", Rv::from(code)),
        });
    }
    let length = usize::try_from(length).map_err(too_long)?;
    if length > signature.len() {
        return Err(TokenError::Garbage("C_Sign".to_owned()));
    }
    signature.truncate(length);
    Ok(signature)
}
