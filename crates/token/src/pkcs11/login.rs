//! Logging in, for one request only, and out again whatever happens.

use cryptoki::error::{Error, RvError};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::error::token_error;
use super::slots::TokenSession;
use crate::{LastTry, PinKind, TokenError};

/// A session that is logged in. Dropping it logs out and closes the session.
pub struct Login<'a> {
    pub token: TokenSession<'a>,
}

impl<'a> Login<'a> {
    /// Logs in with `pin`; an empty one means that it is typed on the device.
    pub fn as_kind(
        token: TokenSession<'a>,
        kind: PinKind,
        pin: &[u8],
        last_try: LastTry,
    ) -> Result<Login<'a>, TokenError> {
        guard(&token, kind, last_try)?;
        // A token that wants no login (CKF_LOGIN_REQUIRED unset) shows its keys to everyone.
        if kind == PinKind::User && !token.info()?.login_required() {
            return Ok(Login { token });
        }
        let typed = pin_to_send(&token, kind, pin)?;
        let user = user_type(kind);
        let sent = match token.session.login(user, typed.as_ref()) {
            // Someone in this process is logged in, so the module did not look at the PIN.
            Err(Error::Pkcs11(
                RvError::UserAlreadyLoggedIn | RvError::UserAnotherAlreadyLoggedIn,
                _,
            )) => {
                token
                    .session
                    .logout()
                    .map_err(|error| token_error(&error))?;
                token.session.login(user, typed.as_ref())
            }
            other => other,
        };
        match sent {
            Ok(()) => Ok(Login { token }),
            Err(error) => Err(refused(&token, kind, &error)),
        }
    }
}

impl Drop for Login<'_> {
    fn drop(&mut self) {
        // The session closes after it, and with a process's last session its login ends anyhow.
        let _ = self.token.session.logout();
    }
}

/// Refuses to send a PIN when one try is left and nobody said to spend it, or none is.
pub fn guard(token: &TokenSession<'_>, kind: PinKind, last_try: LastTry) -> Result<(), TokenError> {
    match token.tries(kind)?.map(|tries| tries.left) {
        Some(0) => Err(TokenError::PinLocked),
        Some(1) if last_try == LastTry::Keep => Err(TokenError::LastTry),
        _ => Ok(()),
    }
}

/// What goes into the call: nothing where the device has its own keys. A PIN of a length that the token says
/// it can't have is not sent: some count it as a wrong one.
pub fn pin_to_send(
    token: &TokenSession<'_>,
    kind: PinKind,
    pin: &[u8],
) -> Result<Option<AuthPin>, TokenError> {
    let info = token.info()?;
    if info.protected_authentication_path() {
        return Ok(None);
    }
    if kind == PinKind::User && !info.user_pin_initialized() {
        return Err(TokenError::NoApplication);
    }
    // Zero is what modules say that do not know.
    let too_short = pin.is_empty() || pin.len() < info.min_pin_length();
    let too_long = info.max_pin_length() > 0 && pin.len() > info.max_pin_length();
    if too_short || too_long {
        return Err(TokenError::PinInvalid);
    }
    auth_pin(pin).map(Some)
}

/// The error of a refused PIN, with what the token says is left now.
pub fn refused(token: &TokenSession<'_>, kind: PinKind, error: &Error) -> TokenError {
    match token_error(error) {
        TokenError::PinWrong { .. } => match token.tries(kind) {
            Ok(Some(tries)) if tries.left == 0 => TokenError::PinLocked,
            Ok(tries) => TokenError::PinWrong {
                left: tries.map(|tries| tries.left),
            },
            Err(_) => TokenError::PinWrong { left: None },
        },
        other => other,
    }
}

/// The PIN as `cryptoki` takes it; wiped when dropped.
pub fn auth_pin(pin: &[u8]) -> Result<AuthPin, TokenError> {
    let copy = Zeroizing::new(pin.to_vec());
    let text = std::str::from_utf8(&copy).map_err(|_| TokenError::PinInvalid)?;
    // A boxed text has no spare room, so nothing of it is moved and left behind.
    Ok(AuthPin::from(Box::<str>::from(text)))
}

fn user_type(kind: PinKind) -> UserType {
    match kind {
        PinKind::User => UserType::User,
        PinKind::Admin => UserType::So,
    }
}
