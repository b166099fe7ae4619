//! The tokens, as the rest of the agent needs them; a parameter, so that a test can script their replies.
//!
//! Every call with a PIN goes out once, whatever becomes of it: after a time-out or a worker's death the caller
//! reads the tries, shows them and asks its user again.

use futures_util::future::BoxFuture;
use token::{
    ApplicationRef, DeviceRef, KeyRef, LastTry, Listing, Message, Pin, PinKind, Signature,
    TokenError, TokenService,
};

/// What tokens are asked for: signatures, and the care of a key.
pub trait Tokens: Send + Sync {
    /// The service itself, for what is written to tokens; `None` where there is none to write to.
    fn service(&self) -> Option<&TokenService> {
        None
    }

    /// What is plugged in.
    fn list(&self) -> BoxFuture<'_, Listing>;

    /// Signs; see [`TokenService::sign`].
    fn sign<'a>(
        &'a self,
        key: &'a KeyRef,
        pin: &'a Pin,
        certificate: &'a [u8],
        message: &'a Message,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<Signature, TokenError>>;

    /// Verifies a PIN and forgets it; see [`TokenService::check_pin`].
    fn check_pin<'a>(
        &'a self,
        application: &'a ApplicationRef,
        kind: PinKind,
        pin: &'a Pin,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>>;

    /// Changes a PIN; see [`TokenService::change_pin`].
    fn change_pin<'a>(
        &'a self,
        application: &'a ApplicationRef,
        kind: PinKind,
        old: &'a Pin,
        new: &'a Pin,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>>;

    /// Gives the user a new PIN by the administrator's; see [`TokenService::unblock_pin`].
    fn unblock_pin<'a>(
        &'a self,
        application: &'a ApplicationRef,
        admin: &'a Pin,
        new_user: &'a Pin,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>>;

    /// Gives a device its label; see [`TokenService::set_label`].
    fn set_label<'a>(
        &'a self,
        device: &'a DeviceRef,
        label: &'a str,
    ) -> BoxFuture<'a, Result<(), TokenError>>;
}

impl Tokens for TokenService {
    fn service(&self) -> Option<&TokenService> {
        Some(self)
    }

    fn list(&self) -> BoxFuture<'_, Listing> {
        Box::pin(TokenService::list(self))
    }

    fn sign<'a>(
        &'a self,
        key: &'a KeyRef,
        pin: &'a Pin,
        certificate: &'a [u8],
        message: &'a Message,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<Signature, TokenError>> {
        Box::pin(TokenService::sign(
            self,
            key,
            pin,
            certificate,
            message,
            last_try,
        ))
    }

    fn check_pin<'a>(
        &'a self,
        application: &'a ApplicationRef,
        kind: PinKind,
        pin: &'a Pin,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(TokenService::check_pin(
            self,
            application,
            kind,
            pin,
            last_try,
        ))
    }

    fn change_pin<'a>(
        &'a self,
        application: &'a ApplicationRef,
        kind: PinKind,
        old: &'a Pin,
        new: &'a Pin,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(TokenService::change_pin(
            self,
            application,
            kind,
            old,
            new,
            last_try,
        ))
    }

    fn unblock_pin<'a>(
        &'a self,
        application: &'a ApplicationRef,
        admin: &'a Pin,
        new_user: &'a Pin,
        last_try: LastTry,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(TokenService::unblock_pin(
            self,
            application,
            admin,
            new_user,
            last_try,
        ))
    }

    fn set_label<'a>(
        &'a self,
        device: &'a DeviceRef,
        label: &'a str,
    ) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(TokenService::set_label(self, device, label))
    }
}
